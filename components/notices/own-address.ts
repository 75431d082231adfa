/** A notice's link as a path of this console: webhooks get it with the public address before it. */
export function ownAddress(link: string): string {
  const url = URL.parse(link, "http://console.invalid")
  return url === null || url.pathname.startsWith("//") ? "/" : `${url.pathname}${url.search}`
}
