// The page's side: loads the engine, keeps one worker, and gives it one job at
// a time. A job that is cancelled, or that brings the worker down, costs that
// worker; the next job gets a new one from the same compiled engine.
import { VerifyError } from "./errors.js";
let addresses = {};
let loading;
let idle; // a started worker without a job
let queue = Promise.resolve();
export const initialize = async (options = {}) => {
    const same = String(options.wasmURL) === String(addresses.wasmURL) && String(options.workerURL) === String(addresses.workerURL);
    if (loading && !same)
        throw new VerifyError("ALREADY_INITIALIZED");
    addresses = options;
    await load();
};
function load() {
    loading ??= loadFrom(addresses).catch((error) => {
        loading = undefined; // may be tried again
        throw error;
    });
    return loading;
}
async function loadFrom({ wasmURL, workerURL }) {
    // Given addresses are the page's, the default ones are beside this file.
    const wasm = wasmURL ? new URL(wasmURL, location.href) : new URL("./kyso.wasm", import.meta.url);
    // The literal form is what bundlers recognise.
    const startWorker = workerURL
        ? () => new Worker(workerURL, { type: "module" })
        : () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const engine = { module: await compile(wasm), startWorker };
    idle = await start(engine); // a worker that cannot run is found out now
    return engine;
}
async function compile(url) {
    try {
        const response = await fetch(url, { credentials: "same-origin" });
        if (!response.ok)
            throw new Error(`HTTP ${response.status}`);
        // Streaming refuses every other type, and some servers do not know it.
        if (response.headers.get("Content-Type")?.split(";")[0]?.trim() === "application/wasm") {
            return await WebAssembly.compileStreaming(response);
        }
        return await WebAssembly.compile(await response.arrayBuffer());
    }
    catch (error) {
        throw new VerifyError("ENGINE_UNAVAILABLE", `load ${url.href}: ${text(error)}`);
    }
}
function start({ module, startWorker }) {
    return new Promise((resolve, reject) => {
        let worker;
        const fail = (why) => {
            worker?.terminate();
            reject(new VerifyError("ENGINE_UNAVAILABLE", `start the worker: ${text(why)}`));
        };
        try {
            worker = startWorker();
        }
        catch (error) {
            return fail(error);
        }
        worker.onerror = (event) => fail(event.message ?? "worker.js could not be loaded");
        worker.onmessage = ({ data }) => {
            if (data.type === "ready")
                resolve(worker);
            else if (data.type === "failure")
                fail(data.detail);
        };
        worker.postMessage({ type: "start", module });
    });
}
/** Waits for its turn, does the job, and gives the parsed answer. */
function run(job, controls, language) {
    const { signal } = controls;
    const turn = queue.then(async () => {
        if (signal?.aborted)
            throw new VerifyError("CANCELLED", "", language);
        const engine = await load().catch((error) => {
            throw new VerifyError(error.code, error.detail, language);
        });
        return perform(engine, await job(), controls, language);
    });
    queue = turn.catch(() => undefined);
    if (!signal)
        return turn;
    // Cancelled while waiting: the caller hears at once, the turn ends by itself.
    return new Promise((resolve, reject) => {
        const cancel = () => reject(new VerifyError("CANCELLED", "", language));
        if (signal.aborted)
            cancel();
        signal.addEventListener("abort", cancel, { once: true });
        turn.then(resolve, reject).finally(() => signal.removeEventListener("abort", cancel));
    });
}
async function perform(engine, job, { signal, onProgress }, language) {
    const worker = idle ?? (await start(engine));
    idle = undefined;
    return new Promise((resolve, reject) => {
        const end = (reusable) => {
            signal?.removeEventListener("abort", cancel);
            worker.onmessage = worker.onerror = null;
            if (reusable)
                idle = worker;
            else
                worker.terminate();
        };
        const fail = (code, detail, reusable) => {
            end(reusable);
            reject(new VerifyError(code, detail, language));
        };
        const cancel = () => fail("CANCELLED", "", false);
        worker.onerror = (event) => fail("INTERNAL", event.message ?? "", false);
        worker.onmessage = ({ data }) => {
            if (data.type === "progress")
                onProgress?.({ done: data.done, total: data.total });
            else if (data.type === "failure")
                fail(data.code, data.detail, data.code !== "INTERNAL");
            else if (data.type === "answer") {
                end(true);
                resolve(JSON.parse(data.json));
            }
        };
        if (signal?.aborted)
            return cancel();
        signal?.addEventListener("abort", cancel, { once: true });
        try {
            worker.postMessage(job);
        }
        catch (error) {
            fail("BAD_REQUEST", text(error), true);
        }
    });
}
export const verify = async (document, options = {}, controls = {}) => {
    const language = options.language ?? "vi";
    const source = document instanceof Blob ? document : bytes(document, "the document", language);
    const engineOptions = prepare(options, language);
    const onProgress = controls.onProgress ?? options.onProgress;
    const signal = controls.signal ?? options.signal;
    const report = (await run(async () => ({ type: "verify", source, options: engineOptions }), {
        ...(onProgress && { onProgress }),
        ...(signal && { signal }),
    }, language));
    return document instanceof File ? { file: document.name, ...report } : report;
};
export const inspect = async (file) => {
    const job = async () => {
        if (!(file instanceof Blob))
            return { type: "inspect", file: bytes(file, "the file", "vi") };
        try {
            return { type: "inspect", file: new Uint8Array(await file.arrayBuffer()) };
        }
        catch (error) {
            throw new VerifyError("FILE_UNREADABLE", text(error));
        }
    };
    return (await run(job, {}, "vi"));
};
function prepare(options, language) {
    const at = Number(options.at ?? Date.now());
    if (!Number.isFinite(at))
        throw new VerifyError("BAD_REQUEST", "options.at is no time", language);
    const all = (list, what) => [...(list ?? [])].map((one) => bytes(one, what, language));
    return {
        at,
        trust: all(options.trust, "a trust anchor"),
        certificates: all(options.evidence?.certificates, "a certificate"),
        crls: all(options.evidence?.crls, "a CRL"),
        ocsps: all(options.evidence?.ocsps, "an OCSP response"),
    };
}
function bytes(value, what, language) {
    if (value instanceof Uint8Array)
        return value;
    if (value instanceof ArrayBuffer)
        return new Uint8Array(value);
    throw new VerifyError("BAD_REQUEST", `${what} must be an ArrayBuffer or a Uint8Array`, language);
}
const text = (error) => (error instanceof Error ? error.message : String(error));
