"""What an invocation and a cold start cost, beside what others make of the same work.

__main__     the command line
rows         what is compared with what, and the goals
rounds       measurements taken in turns, and their medians
table        the results as Markdown
plots        time against body size, memory against concurrency
loop         one measurement: a runtime serving invocations
start        one measurement: a process until it asks for its first invocation
translation  one measurement: a handler called in process, without a loop
runtime_api  the Runtime API, fast enough not to be what is measured
function     the process that is measured
subjects     the runtimes, as programs
events       what is sent
apps/        what serves
handlers/    the apps as AWS's runtime wants them
"""
