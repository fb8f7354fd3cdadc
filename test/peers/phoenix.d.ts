/** What the test uses of the package, which has no types of its own. */
declare module "phoenix" {
  interface Push {
    receive(status: string, callback: (response: unknown) => void): Push;
  }
  interface Channel {
    join(): Push;
    leave(): Push;
    push(event: string, payload: object): Push;
    on(event: string, callback: (payload: never) => void): void;
  }
  class Socket {
    constructor(url: string, options: object);
    connect(): void;
    disconnect(): void;
    channel(topic: string, parameters: object): Channel;
  }
}
