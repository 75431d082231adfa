import type { Metadata, Viewport } from "next"
import localFont from "next/font/local"
import { cookies, headers } from "next/headers"
import { connection } from "next/server"
import type { ReactNode } from "react"
import { Providers } from "@/components/frame/providers"
import { asTheme, themeCookie } from "@/components/frame/theme"
import "./globals.css"

const inter = localFont({
  src: "../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
  weight: "100 900",
  variable: "--font-inter",
  display: "swap",
})

export const metadata: Metadata = {
  title: { default: "Strongroom", template: "%s · Strongroom" },
  icons: { icon: "/icon.svg" },
  robots: { index: false, follow: false },
  referrer: "same-origin",
}

export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" }

/**
 * Next adds a script for each new page's chunks, and Trusted Types refuse a plain string as its address. This lets the
 * ones of our own build through, and nothing else: a policy that answers nothing refuses. An address stays as it came:
 * a script tells by it which chunk it is, and a page waits forever for one that calls itself otherwise.
 */
const trustedTypesPolicy = `globalThis.trustedTypes?.createPolicy("default", {
  createScriptURL(address) {
    const url = new URL(address, document.baseURI)
    if (url.origin === location.origin && url.pathname.startsWith("/_next/static/")) return address
  },
})`

/** No page is static: each needs the nonce of its own request. */
export default async function RootLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  await connection()
  const nonce = (await headers()).get("x-nonce") ?? ""
  const theme = asTheme((await cookies()).get(themeCookie)?.value)
  return (
    <html lang="en" className={inter.variable} data-theme={theme} suppressHydrationWarning>
      <head>
        <script nonce={nonce} suppressHydrationWarning>
          {trustedTypesPolicy}
        </script>
      </head>
      <body>
        <Providers nonce={nonce}>{children}</Providers>
      </body>
    </html>
  )
}
