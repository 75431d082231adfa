/** Carries an invitation's code past an identity provider's pages. It lives as long as next-auth's own cookies there. */
export const invitationCookie = "strongroom-invitation"
export const invitationSeconds = 15 * 60
