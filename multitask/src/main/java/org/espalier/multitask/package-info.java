/// Multi-task learning: sharing, weighting, aggregation, sampling, diagnostics, merging, training.
@NullMarked
package org.espalier.multitask;

import org.jspecify.annotations.NullMarked;
