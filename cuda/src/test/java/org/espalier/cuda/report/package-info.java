/// What can be said of the kernels' performance without hardware: registers, occupancy, and the
/// bytes that they move.
@NullMarked
package org.espalier.cuda.report;

import org.jspecify.annotations.NullMarked;
