/**
 * What this extension calls itself in this profile of the browser: a random text
 * made once. By it the agent knows, among profiles whose extension has the same
 * origin, the one whose page asked; nobody else is told.
 */
export async function profile(): Promise<string> {
  const { profile } = await chrome.storage.local.get("profile");
  if (isProfile(profile)) return profile;
  const made = Array.from(crypto.getRandomValues(new Uint8Array(32)), (b) => b.toString(16).padStart(2, "0")).join("");
  await chrome.storage.local.set({ profile: made });
  return made;
}

const isProfile = (v: unknown): v is string => typeof v === "string" && /^[0-9a-f]{64}$/.test(v);
