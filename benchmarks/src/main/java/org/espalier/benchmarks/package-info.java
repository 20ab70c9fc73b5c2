/// What the engine and a training step take, measured by JMH.
@NullMarked
package org.espalier.benchmarks;

import org.jspecify.annotations.NullMarked;
