/** A WebSocket to the agent on a port of this computer. */
export const socketTo = (port: number): WebSocket => new WebSocket(`ws://127.0.0.1:${port}/kyso/v1`);

/** Waits until a socket is open, for so many milliseconds at most. */
export function opened(socket: WebSocket, patience?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = patience === undefined ? undefined : setTimeout(() => reject(new Error("no answer")), patience);
    const settle = (act: () => void) => (): void => {
      clearTimeout(timer);
      act();
    };
    socket.addEventListener("open", settle(resolve), { once: true });
    for (const type of ["close", "error"]) socket.addEventListener(type, settle(() => reject(new Error(type))), { once: true });
  });
}
