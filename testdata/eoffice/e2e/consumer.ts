// What an integrator writes against the packages as they are shipped. It is
// only compiled: a declaration file that does not fit its package fails here.
import { initialize, inspect, verify, VerifyError, type Report } from "../../../dist/verify/index.js";
import { connect, diagnose, KysoError, type Diagnosis } from "../../../dist/client/kyso-client.js";

export async function check(file: File, root: Uint8Array): Promise<string> {
  await initialize({ wasmURL: "/kyso/verify/kyso.wasm" });
  const { kind } = await inspect(root);
  try {
    const report: Report = await verify(file, { trust: [root], evidence: { crls: [] }, at: new Date(), onProgress: (p) => p.done / p.total });
    return `${kind} ${report.verdict} ${report.signatures[0]?.signer?.name ?? ""} ${report.reason?.vi ?? ""}`;
  } catch (error) {
    return error instanceof VerifyError ? `${error.code} ${error.remedy}` : "";
  }
}

export async function sign(file: File): Promise<unknown> {
  const agent = await connect({ onPairing: (words) => words.join(" ") });
  const stop = agent.onTokens(({ state, certificates }) => `${state} ${certificates}`);
  void agent.closed.then(stop);
  return agent.sign(file).catch((error: unknown) => (error instanceof KysoError ? error.code : undefined));
}

export async function why(): Promise<string> {
  const { ready, error, permission }: Diagnosis = await diagnose();
  return ready ? "" : `${permission} ${error?.code ?? ""} ${error?.cause ?? ""} ${error?.retryAfter ?? 0}`;
}
