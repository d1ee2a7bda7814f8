"""Pages. A view gets its row through `access` or `visible_to`, calls one function, and answers.

In comes a request, out goes a page or a part of one. A room for each of those who open them: `desk` (officials),
`village` (heads and helpers), `settings` (administrators), `resident` (households, without an account). Never holds a
rule that a task or a command would need as well.
"""
