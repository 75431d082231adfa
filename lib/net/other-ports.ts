/** Ports on which nothing speaks HTTP, and what does would take our bytes for its own protocol's. */

/** What browsers refuse: "bad port" in the Fetch standard. */
const refusedByBrowsers = [
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]

/** Databases, queues and remote desktops. */
const ofDatabases = [
  445, 1433, 1521, 3306, 3389, 5432, 5672, 5900, 6379, 6380, 6432, 9042, 9092, 11211, 26379, 27017, 27018,
]

/** They do speak HTTP, and whoever reaches them rules the machine: Docker, etcd, kubelet. */
const ofMachines = [2375, 2376, 2379, 2380, 10250, 10255]

const others = new Set([...refusedByBrowsers, ...ofDatabases, ...ofMachines])

/** True for a port that only an entry of STRONGROOM_EGRESS_ALLOW with this very port opens. */
export function isOfAnotherProtocol(port: number): boolean {
  return others.has(port)
}
