/// The software CUDA device as a test fixture: built from C++ sources on first use, steered and
/// read through the functions it has beside the driver's.
@NullMarked
package org.espalier.cuda.device;

import org.jspecify.annotations.NullMarked;
