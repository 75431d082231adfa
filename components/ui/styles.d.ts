import "react"

declare module "react" {
  // Our own variables may be set in `style`.
  interface CSSProperties {
    "--columns"?: string
  }
}
