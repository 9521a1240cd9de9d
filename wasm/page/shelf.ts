// What the person gave besides documents: certificates, revocation lists, OCSP
// responses, and which of the certificates they trust.
import type { Evidence, Material } from "../npm/src/types.js";
import { button, day, element, facts, fingerprint, moment } from "./dom.js";
import type { Strings } from "./strings.js";

type Certificate = NonNullable<Material["certificates"]>[number];

interface Item {
  readonly name: string;
  readonly material: Material;
  readonly bytes: Uint8Array;
}

export class Shelf {
  private items: Item[] = [];
  private trusted = new Set<string>(); // SHA-256

  /** changed is called when the person changes what is on the shelf. */
  constructor(private readonly changed: () => void) {}

  get empty(): boolean {
    return this.items.length === 0;
  }

  /** The names of what the person trusts. */
  get roots(): string[] {
    return [...new Set(this.trustedCertificates().map((c) => c.subject))];
  }

  /** A self-issued CA certificate is what a person means by a root; any other is trusted only when they say so. */
  add(name: string, material: Material, bytes: Uint8Array): void {
    this.items = [...this.items.filter((i) => i.name !== name || i.material.kind !== material.kind), { name, material, bytes }];
    for (const c of material.certificates ?? []) if (c.ca && c.selfIssued) this.trusted.add(c.sha256);
  }

  anchors(): Uint8Array[] {
    return this.trustedCertificates().map(der);
  }

  evidence(): Evidence {
    const of = (kind: Material["kind"]) => this.items.filter((i) => i.material.kind === kind).map((i) => i.bytes);
    return { certificates: this.certificates().map(der), crls: of("crl"), ocsps: of("ocsp") };
  }

  draw(list: HTMLElement, s: Strings): void {
    list.replaceChildren(...this.items.map((item) => this.row(item, s)));
  }

  private certificates(): Certificate[] {
    return this.items.flatMap((i) => i.material.certificates ?? []);
  }

  private trustedCertificates(): Certificate[] {
    return this.certificates().filter((c) => this.trusted.has(c.sha256));
  }

  private row(item: Item, s: Strings): HTMLElement {
    const { material } = item;
    const row = element("li", "material");
    const remove = button(s.remove, s.removeName(item.name), () => {
      this.items = this.items.filter((i) => i !== item);
      this.changed();
    });
    row.append(element("div", "material-head", element("p", "file", item.name), remove));
    for (const c of material.certificates ?? []) row.append(this.certificate(c, s));
    if (material.kind === "crl") {
      const next = material.nextUpdate ? `, ${s.nextAt} ${moment(material.nextUpdate)}` : "";
      row.append(element("p", "", `${s.crl}: ${material.issuer ?? ""}`), facts([[s.issuedAt, material.thisUpdate && moment(material.thisUpdate) + next]]));
    }
    if (material.kind === "ocsp") row.append(element("p", "", s.ocsp));
    return row;
  }

  private certificate(c: Certificate, s: Strings): HTMLElement {
    const kind = !c.ca ? s.person : c.selfIssued ? s.root : s.authority;
    const box = element("div", "certificate", element("p", "", `${kind}: `, element("strong", "", c.subject)));
    box.append(facts([
      [s.field.issuer, c.selfIssued ? undefined : c.issuer],
      [s.valid, s.range(day(c.notBefore), day(c.notAfter))],
      [s.fingerprint, element("code", "", fingerprint(c.sha256))],
    ]));
    if (c.ca) {
      const tick = element("input", "");
      tick.type = "checkbox";
      tick.checked = this.trusted.has(c.sha256);
      tick.setAttribute("aria-label", s.trustName(c.subject));
      tick.addEventListener("change", () => {
        if (tick.checked) this.trusted.add(c.sha256);
        else this.trusted.delete(c.sha256);
        this.changed();
      });
      box.append(element("label", "tick", tick, s.trustThis));
    }
    return box;
  }
}

const der = (c: Certificate): Uint8Array => Uint8Array.from(atob(c.der), (character) => character.charCodeAt(0));
