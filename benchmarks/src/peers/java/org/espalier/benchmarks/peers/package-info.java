/// The engine beside OpenBLAS and PyTorch: same weights, same inputs, same results, and who is
/// faster.
@NullMarked
package org.espalier.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
