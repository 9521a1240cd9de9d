package doctor

import (
	"encoding/json"

	"golang.org/x/sys/windows/registry"
)

// ReadBrowserPolicies looks at what administrators have set in the browsers. ids
// are the ids that Kyso's extension may have.
func ReadBrowserPolicies(_ string, ids []string) []BrowserPolicy {
	var list []BrowserPolicy
	for _, b := range []struct{ id, name, key string }{
		{"chrome", "Google Chrome", `Software\Policies\Google\Chrome`},
		{"edge", "Microsoft Edge", `Software\Policies\Microsoft\Edge`},
		{"brave", "Brave", `Software\Policies\BraveSoftware\Brave`},
	} {
		var c chromePolicies
		found := false
		for _, root := range []registry.Key{registry.LOCAL_MACHINE, registry.CURRENT_USER} {
			found = read(root, b.key, &c) || found
		}
		if found {
			p := BrowserPolicy{ID: b.id, Name: b.name}
			c.into(&p, ids)
			list = append(list, p)
		}
	}
	return list
}

// read adds what one key sets. Lists are keys of their own with numbered values.
func read(root registry.Key, path string, c *chromePolicies) bool {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close()
	if v, _, err := k.GetIntegerValue("NativeMessagingUserLevelHosts"); err == nil {
		on := v != 0
		c.NativeMessagingUserLevelHosts = &on
	}
	if s, _, err := k.GetStringValue("ExtensionSettings"); err == nil && len(s) <= maxPolicyFile {
		json.Unmarshal([]byte(s), &c.ExtensionSettings)
	}
	for name, list := range map[string]*[]string{
		"LoopbackNetworkAllowedForUrls": &c.LoopbackNetworkAllowedForUrls, "LocalNetworkAccessAllowedForUrls": &c.LocalNetworkAccessAllowedForUrls,
		"NativeMessagingBlocklist": &c.NativeMessagingBlocklist, "NativeMessagingAllowlist": &c.NativeMessagingAllowlist,
		"ExtensionInstallBlocklist": &c.ExtensionInstallBlocklist, "ExtensionInstallAllowlist": &c.ExtensionInstallAllowlist, "ExtensionInstallForcelist": &c.ExtensionInstallForcelist,
	} {
		*list = append(*list, values(root, path+`\`+name)...)
	}
	return true
}

func values(root registry.Key, path string) (list []string) {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if err != nil {
		return nil
	}
	defer k.Close()
	const most = 1000 // sites; a real policy names some dozens
	names, _ := k.ReadValueNames(most)
	for _, n := range names {
		if v, _, err := k.GetStringValue(n); err == nil {
			list = append(list, v)
		}
	}
	return list
}
