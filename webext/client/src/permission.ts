/**
 * Whether the browser lets this page reach programs on this computer. A blocked
 * connection and an absent agent look the same to a page (close code 1006);
 * only the permission tells them apart. "unknown": this browser has no such
 * permission, or does not say.
 */
export async function permission(): Promise<PermissionState | "unknown"> {
  // The newer name first; older browsers know the other.
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      const status = await globalThis.navigator.permissions.query({ name: name as PermissionName });
      return status.state;
    } catch {
      // Not a permission of this browser.
    }
  }
  return "unknown";
}
