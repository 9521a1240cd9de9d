package exactjson

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

type inner struct {
	Place string `json:"place,omitempty"`
}

type outer struct {
	Origin string          `json:"origin"`
	List   []inner         `json:"list"`
	One    *inner          `json:"one"`
	Raw    json.RawMessage `json:"raw"`
	Any    any             `json:"any"`
	Map    map[string]inner
	At     time.Time `json:"at"`
	Never  string    `json:"-"`
	inner
}

func TestDecode(t *testing.T) {
	for text, ok := range map[string]bool{
		`{}`: true,
		`{"origin":"a","list":[{"place":"x"},{"place":"y"}],"one":{"place":"z"},"raw":{"A":1,"a":2},"any":{"B":[{"b":1}]},"Map":{"A":{"place":""},"a":{}},"at":"2026-11-22T09:00:00Z","place":"q"}`: true,
		` {"one":null,"list":null,"any":null} `:      true,
		`{"Origin":"a"}`:                             false,
		`{"origin":"a","ORIGIN":"b"}`:                false,
		`{"origin":"a","origin":"a"}`:                false,
		`{"origin":"a","orig\u0069n":"b"}`:           false,
		`{"or\u0131gin":"a"}`:                        false,
		`{"list":[{"Place":"x"}]}`:                   false,
		`{"list":[{},{"place":"x","place":"y"}]}`:    false,
		`{"one":{"PLACE":"x"}}`:                      false,
		`{"Place":"x"}`:                              false,
		`{"raw":{"a":1,"a":2}}`:                      false,
		`{"raw":[[{"b":{"a":1,"a":2}}]]}`:            false,
		`{"any":{"a":{"b":1,"b":2}}}`:                false,
		`{"Map":{"a":{},"a":{}}}`:                    false,
		`{"Map":{"a":{"Place":""}}}`:                 false,
		`{"map":{}}`:                                 false,
		`{"Never":"x"}`:                              false,
		`{"-":"x"}`:                                  false,
		`{"inner":{}}`:                               false,
		`{"\u017fist":[]}`:                           false,
		`{"other":1}`:                                false,
		`{} {}`:                                      false,
		`{"origin":1}`:                               false,
		`{"any":` + strings.Repeat("[", 20000) + `}`: false,
		``: false,
	} {
		var o outer
		if err := Decode([]byte(text), &o); (err == nil) != ok {
			t.Errorf("%.100s: %v", text, err)
		}
	}
	deep := `{"any":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`
	var o outer
	if err := Decode([]byte(deep), &o); err != nil {
		t.Error(err)
	}
}

// FuzzDecode: what is read exactly is what encoding/json reads.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"origin":"a","list":[{"place":"x"}],"raw":{"a":[1,"b",null]},"Map":{"a":{}}}`))
	f.Add([]byte(`{"Origin":"a","Origin":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var exact, loose outer
		if Decode(data, &exact) != nil {
			return
		}
		if err := json.Unmarshal(data, &loose); err != nil {
			t.Errorf("%q: %v", data, err)
		}
		if exact.Origin != loose.Origin || len(exact.List) != len(loose.List) || string(exact.Raw) != string(loose.Raw) {
			t.Errorf("%q: %+v, %+v", data, exact, loose)
		}
	})
}
