"""What an invocation and a cold start cost, compared with other adapters.

__main__     the command line
rows         the comparisons, and their goals
rounds       measurements taken in turns, and their medians
table        the results as Markdown
plots        pictures of what each runtime costs
curves       pictures of time by body size, memory by concurrency
canvas       what pictures have in common
report       tables and pictures, written into README.md
loop         one measurement: a runtime that serves invocations
start        one measurement: a process until its first poll
translation  one measurement: a handler called in process, without a loop
sample       the result of one measurement
runtime_api  a Runtime API that is too fast to influence the results
function     the process that is measured
subjects     the runtimes, as programs
events       the events that are sent
anchors/     runtimes in other languages, and how they are built
apps/        the apps that are served
handlers/    the same apps as handlers for AWS's runtime
"""
