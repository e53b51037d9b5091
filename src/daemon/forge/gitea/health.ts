/** True when the forge at `url` says it is healthy; never throws. */
export async function isHealthy(url: string, timeoutMs = 5000): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/api/healthz`, { signal: AbortSignal.timeout(timeoutMs) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
