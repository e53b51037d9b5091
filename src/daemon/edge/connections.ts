import type { Socket } from 'node:net';

/** Open connections one agent may have per service. */
const MOST_PER_SERVICE = 32;

/** Which agent a connection belongs to, known from the socket that accepted it and from nothing else. */
export interface Connections {
  /** False (and the socket destroyed) when the agent has too many on this service. */
  add(agent: string, service: string, socket: Socket): boolean;
  /** Throws for a socket that was never added. */
  agentOf(socket: Socket): string;
  cut(agent: string): void;
  cutAll(): void;
}

/** Keeps every open connection of the edge. */
export function createConnections(): Connections {
  const owners = new WeakMap<Socket, string>();
  const open = new Map<string, Map<Socket, string>>();
  return {
    add(agent, service, socket) {
      const sockets = open.get(agent) ?? new Map<Socket, string>();
      open.set(agent, sockets);
      const same = [...sockets.values()].filter((other) => other === service).length;
      if (same >= MOST_PER_SERVICE) {
        socket.destroy();
        return false;
      }
      owners.set(socket, agent);
      sockets.set(socket, service);
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size === 0 && open.get(agent) === sockets) open.delete(agent);
      });
      return true;
    },
    agentOf(socket) {
      const agent = owners.get(socket);
      if (agent === undefined) throw new Error('a connection without an agent reached the edge');
      return agent;
    },
    cut(agent) {
      for (const socket of open.get(agent)?.keys() ?? []) socket.destroy();
    },
    cutAll() {
      for (const sockets of open.values()) for (const socket of sockets.keys()) socket.destroy();
    },
  };
}
