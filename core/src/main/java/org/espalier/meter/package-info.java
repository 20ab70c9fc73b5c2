/// Internal: what ops and kernels take, seen by profiles and by the flight recorder.
package org.espalier.meter;
