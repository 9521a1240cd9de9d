// A person at a screen of their own: keyboard and mouse of Xvnc, which for its X
// server are real devices. What xdotool does is a program's, and not believed.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const keysyms = { Return: 0xff0d, Escape: 0xff1b, Tab: 0xff09, BackSpace: 0xff08 };

/** Starts a screen; socket is a path for it. */
export async function screen(socket, geometry = "1100x800") {
  rmSync(socket, { force: true });
  const server = spawn("Xvnc", ["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-geometry", geometry, "-depth", "24", "-SecurityTypes", "None", "-rfbport", "-1", "-rfbunixpath", socket],
    { stdio: ["ignore", "pipe", "ignore"] });
  const number = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).once("line", resolve);
    server.once("error", reject);
    server.once("exit", () => reject(new Error("Xvnc ended")));
  });
  const wire = await greet(socket);
  const key = (sym, down) => {
    const message = Buffer.alloc(8);
    message[0] = 4;
    message[1] = down ? 1 : 0;
    message.writeUInt32BE(sym, 4);
    wire.write(message);
  };
  const press = (...names) => {
    for (const name of names) {
      const sym = keysyms[name] ?? name.charCodeAt(0);
      key(sym, true);
      key(sym, false);
    }
  };
  return {
    display: `:${number}`,
    press,
    type: (text) => press(...text),
    close: () => {
      wire.destroy();
      server.kill();
    },
  };
}

/** The handshake of RFC 6143, 7.1 to 7.3, without security. */
async function greet(path) {
  let wire;
  for (let tries = 0; ; tries++) {
    wire = connect(path);
    try {
      await new Promise((resolve, reject) => wire.once("connect", resolve).once("error", reject));
      break;
    } catch (error) {
      if (tries > 200) throw error;
      await sleep(100);
    }
  }
  let held = Buffer.alloc(0);
  let wake = () => {};
  wire.on("data", (data) => {
    held = Buffer.concat([held, data]);
    wake();
  });
  const read = async (count) => {
    while (held.length < count) await new Promise((resolve) => (wake = resolve));
    const part = held.subarray(0, count);
    held = held.subarray(count);
    return part;
  };
  await read(12);
  wire.write("RFB 003.008\n");
  await read((await read(1))[0]);
  wire.write(Buffer.from([1])); // None
  if ((await read(4)).readUInt32BE() !== 0) throw new Error("the screen refuses");
  wire.write(Buffer.from([1])); // shared
  await read((await read(24)).readUInt32BE(20));
  wire.removeAllListeners("data").resume();
  return wire;
}
