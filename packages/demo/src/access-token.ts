/** A token from a server in --dev mode. @throws Error with a sentence for the person at the page */
export async function fetchDevToken(room: string, identity: string, name: string): Promise<string> {
  const query = new URLSearchParams({ room, identity, name });
  const response = await fetch(`/dev/token?${query}`);
  if (response.status === 404) throw new Error("This server is not in --dev mode: open a link that has a token.");
  if (!response.ok) throw new Error(`The server gave no token (HTTP ${response.status}).`);
  const body: unknown = await response.json();
  const token = typeof body === "object" && body !== null && "token" in body ? body.token : undefined;
  if (typeof token !== "string") throw new Error("The server's answer holds no token.");
  return token;
}
