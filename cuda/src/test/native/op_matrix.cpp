// Matrix fragments on tensor cores: none are known yet, so that each is named as unsupported.
#include "decoder.h"

namespace swcuda {

void addMatrixOpcodes(Opcodes&) {}

}  // namespace swcuda
