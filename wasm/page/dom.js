/** The element of index.html with this id. */
export function get(id) {
    const found = document.getElementById(id);
    if (!found)
        throw new Error(`index.html has no #${id}`);
    return found;
}
/** Makes <name class=…>children</name>; text is never read as HTML. */
export function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className)
        made.className = className;
    made.append(...children);
    return made;
}
export function button(text, label, action) {
    const made = element("button", "plain", text);
    made.type = "button";
    if (label !== text)
        made.setAttribute("aria-label", label);
    made.addEventListener("click", action);
    return made;
}
/** A sign for the eye beside words that say the same. */
export function sign(character) {
    const made = element("span", "sign", `${character} `);
    made.setAttribute("aria-hidden", "true");
    return made;
}
/** A list of terms and what they are; empty ones are left out. */
export function facts(rows) {
    const list = element("dl", "facts");
    for (const [term, value] of rows) {
        if (value)
            list.append(element("div", "", element("dt", "", term), element("dd", "", value)));
    }
    return list;
}
// Signing times are read in Vietnam, whatever the machine's own zone is.
const parts = (iso, options) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", ...options }).format(new Date(iso)).replace(",", "");
/** dd/mm/yyyy hh:mm:ss in Vietnam's time. */
export const moment = (iso) => parts(iso, { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
/** dd/mm/yyyy in Vietnam's time. */
export const day = (iso) => parts(iso, { day: "2-digit", month: "2-digit", year: "numeric" });
/** A number of bytes for a person. */
export function size(bytes, language) {
    const [n, unit] = bytes < 1e6 ? [Math.ceil(bytes / 1e3), "kB"] : [bytes / 1e6, "MB"];
    return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(n)} ${unit}`;
}
/** A fingerprint in groups, to compare by eye. */
export const fingerprint = (hex) => (hex.toUpperCase().match(/.{1,4}/g) ?? []).join(" ");
