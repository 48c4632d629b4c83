/** The path of a request, without its query. Some clients put theirs behind a URL that ends with a slash: several are one. */
export function requestPath(url = ""): string {
  return url.replace(/^\/+/, "/").split("?", 1)[0] ?? "";
}
