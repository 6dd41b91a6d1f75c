/** @file A local server for tests of downloads. */

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";

/** Serves until the test ends; returns the address. @param connect answers the requests that a proxy gets */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  connect?: (request: IncomingMessage, socket: Duplex) => void,
): Promise<string> {
  const server = createServer(answer);
  if (connect) server.on("connect", connect);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
