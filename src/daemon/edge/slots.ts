/** Takes one of an agent's places; undefined when all are taken. The returned function gives it back and must be called once. */
export type TakeSlot = (agent: string) => (() => void) | undefined;

/** `most` places for every agent. */
export function createSlots(most: number): TakeSlot {
  const taken = new Map<string, number>();
  return (agent) => {
    const before = taken.get(agent) ?? 0;
    if (before >= most) return undefined;
    taken.set(agent, before + 1);
    return () => {
      const left = (taken.get(agent) ?? 1) - 1;
      if (left > 0) taken.set(agent, left);
      else taken.delete(agent);
    };
  };
}
