/** The origins that get each script. */
export interface Scripts {
  readonly content: readonly string[];
  readonly older: readonly string[];
  readonly hash: readonly string[];
}

/** The content script is apart from the page; the others are functions for the page itself, and can do no more than it. */
const world = { content: "ISOLATED", older: "MAIN", hash: "MAIN" } as const;

/** Registers a script for exactly these patterns, and tells which are new. */
export async function keepScripts(name: keyof Scripts, patterns: readonly string[]): Promise<string[]> {
  const [there] = await chrome.scripting.getRegisteredContentScripts({ ids: [name] });
  const before = there?.matches ?? [];
  const added = patterns.filter((p) => !before.includes(p));
  if (added.length === 0 && before.length === patterns.length) return [];
  if (there) await chrome.scripting.unregisterContentScripts({ ids: [name] });
  if (patterns.length > 0) {
    await chrome.scripting.registerContentScripts([{
      id: name, js: [`${name}.js`], matches: [...patterns], runAt: "document_start", allFrames: false, world: world[name],
    }]);
  }
  return added;
}

/** Runs a script in the tabs that are open on these patterns. */
export async function addTo(name: keyof Scripts, patterns: readonly string[]): Promise<void> {
  if (patterns.length === 0) return;
  const tabs = await chrome.tabs.query({ url: [...patterns] });
  await Promise.all(tabs.map(async ({ id }) => {
    if (id === undefined) return;
    // Tabs that are asleep, or show an error, get it when they are loaded.
    await chrome.scripting.executeScript({ target: { tabId: id }, files: [`${name}.js`], world: world[name], injectImmediately: true }).catch(() => {});
  }));
}
