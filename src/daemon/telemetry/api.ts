import type { MeteredUsage } from '#src/protocol/usage.ts';

/** An egress the edge refused. */
export interface RefusedEgress {
  agent: string;
  at: number;
  host: string;
  port: number;
  remedy: string;
}

/** What was used and refused, for rows and pages. */
export interface Telemetry {
  used(usage: MeteredUsage): Promise<void>;
  refused(agent: string, host: string, port: number, remedy: string): Promise<void>;
  tokensToday(): number;
  /** Of one agent or of everybody who used any. */
  tokensTodayByAgent(agent?: string): Map<string, number>;
  refusals(max: number, agent?: string): RefusedEgress[];
}
