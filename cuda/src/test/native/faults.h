// Errors on request: the n-th call of a function fails, whatever it would have done.
#pragma once

#include <string>

namespace swcuda {

/// Lets call number `after` + 1 of `function`, counted from now, answer `error`. The names are those
/// of the header without a version ("cuMemAlloc"); "execute" is the running of a kernel, which the
/// host learns of later, and "*" any call at all.
void failNext(const std::string& function, int after, int error);

void clearFaults();

/// The error that this call is to answer, or 0.
int injectedFault(const char* function);

}  // namespace swcuda
