/** What trust rules begin with for the systems that most jobs run in: issuer, claims, and words about them. */
import type { ClaimMatch } from "@/lib/contract/words"

export interface ConditionDraft {
  claim: string
  match: ClaimMatch
  values: string
}

export interface TrustTemplate {
  id: string
  title: string
  /** What the issuer's address is, or looks like. */
  issuer: string
  issuerHint: string
  conditions: readonly ConditionDraft[]
}

export const trustTemplates: readonly [TrustTemplate, ...TrustTemplate[]] = [
  {
    id: "github",
    title: "GitHub Actions",
    issuer: "https://token.actions.githubusercontent.com",
    issuerHint: "GitHub's own. An Enterprise Server has another: https://HOST/_services/token.",
    conditions: [
      { claim: "repository", match: "exact", values: "" },
      { claim: "ref", match: "exact", values: "refs/heads/main" },
    ],
  },
  {
    id: "gitea",
    title: "Gitea Actions",
    issuer: "",
    issuerHint: "Your Gitea's address with /api/actions behind it, as its tokens say it.",
    conditions: [
      { claim: "repository", match: "exact", values: "" },
      { claim: "ref", match: "exact", values: "refs/heads/main" },
    ],
  },
  {
    id: "gitlab",
    title: "GitLab",
    issuer: "https://gitlab.com",
    issuerHint: "GitLab's own, or the address of yours.",
    conditions: [
      { claim: "project_path", match: "exact", values: "" },
      { claim: "ref_protected", match: "exact", values: "true" },
    ],
  },
  {
    id: "kubernetes",
    title: "Kubernetes",
    issuer: "https://kubernetes.default.svc.cluster.local",
    issuerHint: "kubectl get --raw /.well-known/openid-configuration tells it.",
    conditions: [{ claim: "sub", match: "exact", values: "system:serviceaccount:NAMESPACE:NAME" }],
  },
  {
    id: "other",
    title: "Another issuer",
    issuer: "",
    issuerHint: "Exactly as the claim iss of its tokens says it.",
    conditions: [{ claim: "sub", match: "exact", values: "" }],
  },
]
