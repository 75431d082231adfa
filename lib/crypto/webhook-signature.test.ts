import { describe, expect, it } from "vitest"
import { Secret } from "../secret.ts"
import { newWebhookKey, signWebhook, webhookKeyText } from "./webhook-signature.ts"

describe("a webhook's signature", () => {
  it("is the one of the specification's own libraries for their example", () => {
    const text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    const key = Secret.fromBytes(Buffer.from(text.slice("whsec_".length), "base64"))
    const message = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: '{"test": 2432232314}' }
    expect(signWebhook(key, message)).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    expect(webhookKeyText(key)).toBe(text)
  })

  it("is made with a key of 32 bytes that no other webhook has", () => {
    const [one, other] = [webhookKeyText(newWebhookKey()), webhookKeyText(newWebhookKey())]
    expect(Buffer.from(one.slice("whsec_".length), "base64")).toHaveLength(32)
    expect(one).not.toBe(other)
  })
})
