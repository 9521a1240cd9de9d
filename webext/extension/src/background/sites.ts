import { failures, Refusal } from "../shared/failures.js";
import { pattern } from "../shared/messages.js";
import type { AllowedBy, Site, SiteList } from "../shared/messages.js";
import type { AgentSites } from "../shared/native.js";
import { isResult, isSite } from "./check.js";
import { addTo } from "./inject.js";
import type { Scripts } from "./inject.js";
import { keepScripts } from "./inject.js";
import { managed } from "./settings.js";

/** What is known of sites, from whom. */
export interface Known {
  readonly managed: readonly string[];
  readonly agent: AgentSites;
  /** Those the person has switched on. */
  readonly person: readonly string[];
}

const maxPersonSites = 500;
const noSites: AgentSites = { sites: [], pairing: false, older: [], hash: [], review: "" };

/** Who allows each site that is. */
export function allowed({ managed, agent, person }: Known): Map<string, AllowedBy> {
  const all = new Map<string, AllowedBy>();
  if (agent.pairing) for (const origin of person) all.set(origin, "person");
  for (const { origin, by } of agent.sites) all.set(origin, by);
  for (const origin of managed) all.set(origin, "managed");
  return all;
}

/** Which sites get which scripts. */
export function scripts(known: Known): Scripts {
  const all = allowed(known);
  const those = (origins: readonly string[]): string[] => origins.filter((o) => all.has(o));
  return { content: [...all.keys()], older: those(known.agent.older), hash: those(known.agent.hash) };
}

/** The sites the extension runs on. They are kept, so that it does before the agent has been asked. */
export class Sites {
  #known: Promise<Known> | undefined;
  /** Changes are made one after the other. */
  #turn: Promise<void> = Promise.resolve();

  /** ask gives the agent's sites; changed is called when the list may be another. */
  constructor(private readonly ask: () => Promise<AgentSites>, private readonly changed: () => void) {}

  known(): Promise<Known> {
    return (this.#known ??= load());
  }

  async allowed(origin: string): Promise<AllowedBy | undefined> {
    return allowed(await this.known()).get(origin);
  }

  async list(): Promise<SiteList> {
    const known = await this.known();
    const sites = await Promise.all([...allowed(known)].map(async ([origin, by]): Promise<Site> => ({
      origin, by, permission: await permitted(origin), older: known.agent.older.includes(origin), hash: known.agent.hash.includes(origin),
    })));
    return { sites, pairing: known.agent.pairing };
  }

  /** Asks the agent again; what is known stays when it does not answer. */
  async refresh(): Promise<void> {
    const agent = await this.ask();
    const before = (await this.known()).agent;
    if (JSON.stringify(before) === JSON.stringify(agent)) return;
    await chrome.storage.local.set({ agentSites: agent });
    await this.reload();
  }

  /** Reads everything anew and brings the scripts in step; everywhere also into tabs where they may be already. */
  async reload({ everywhere = false } = {}): Promise<void> {
    this.#known = undefined;
    const done = this.#turn.then(async () => {
      const wanted = scripts(await this.known());
      for (const name of Object.keys(wanted) as (keyof Scripts)[]) {
        const patterns = [...new Set(await permittedPatterns(wanted[name]))];
        const added = await keepScripts(name, patterns);
        await addTo(name, everywhere ? patterns : added);
      }
    });
    this.#turn = done.catch(() => {});
    await done;
    this.changed();
  }

  /** The person has switched a site on. Rejects with a Refusal. */
  async allow(origin: unknown): Promise<void> {
    if (!isSite(origin)) throw new Refusal(failures.badRequest);
    if (!(await permitted(origin))) throw new Refusal(failures.permissionMissing);
    const known = await this.known();
    if (allowed(known).has(origin)) return this.reload();
    if (!known.agent.pairing || known.person.length >= maxPersonSites) throw new Refusal(failures.siteNotAllowed);
    await chrome.storage.local.set({ personSites: [...known.person, origin] });
    await this.reload();
  }

  async forget(origin: unknown): Promise<void> {
    if (!isSite(origin)) throw new Refusal(failures.badRequest);
    const { person } = await this.known();
    await chrome.storage.local.set({ personSites: person.filter((o) => o !== origin) });
    await chrome.permissions.remove({ origins: [pattern(origin)] }).catch(() => {}); // those of the manifest stay
    await this.reload();
  }
}

async function load(): Promise<Known> {
  const { agentSites, personSites } = await chrome.storage.local.get(["agentSites", "personSites"]);
  const { sites } = await managed();
  const origins = (v: unknown): string[] => (Array.isArray(v) ? v.filter(isSite) : []);
  return { managed: origins(sites), agent: isResult("sites", agentSites) ? agentSites : noSites, person: origins(personSites) };
}

// A site that the browser knows no pattern for cannot be permitted; it must not
// stand in the way of others.
const permitted = async (origin: string): Promise<boolean> => chrome.permissions.contains({ origins: [pattern(origin)] }).catch(() => false);

async function permittedPatterns(origins: readonly string[]): Promise<string[]> {
  const found = await Promise.all(origins.map(permitted));
  return origins.filter((_, i) => found[i]).map(pattern);
}
