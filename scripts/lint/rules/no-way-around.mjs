/** A comment can't switch a check off: a rule that is wrong is changed for everyone, with its reason. */
const wayAround =
  /^[\s*]*(?:eslint-(?:disable|enable)|eslint\s+["@a-z/-]+\s*:|biome-ignore|@ts-(?:ignore|nocheck|expect-error)|prettier-ignore)/

export const noWayAround = {
  meta: {
    type: "problem",
    docs: { description: "Comments don't switch checks off" },
    schema: [],
    messages: { wayAround: "A comment can't switch a check off. Change the code, or the rule with its reason." },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (wayAround.test(comment.value)) context.report({ loc: comment.loc, messageId: "wayAround" })
        }
      },
    }
  },
}
