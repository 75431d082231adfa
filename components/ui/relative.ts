const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** A moment as people say it, seen from `now`: "40 s ago", "2 h ago", "yesterday", "41 days ago", "in 9 days". */
export function relativeTime(moment: Date, now: Date): string {
  const distance = now.getTime() - moment.getTime()
  const size = Math.abs(distance)
  if (size < 10_000) return "now"
  const words = size < day ? clockWords(size) : dayWords(size, distance > 0)
  if (words === "yesterday" || words === "tomorrow") return words
  return distance > 0 ? `${words} ago` : `in ${words}`
}

function clockWords(size: number): string {
  if (size < minute) return `${Math.floor(size / 1000)} s`
  if (size < hour) return `${Math.floor(size / minute)} min`
  return `${Math.floor(size / hour)} h`
}

function dayWords(size: number, isPast: boolean): string {
  const days = Math.round(size / day)
  if (days === 1) return isPast ? "yesterday" : "tomorrow"
  if (days < 60) return `${days} days`
  if (days < 730) return `${Math.round(days / 30.44)} months`
  return `${Math.round(days / 365.25)} years`
}
