/// What a program's tensors cost: profiles by op, and training steps for the flight recorder.
package org.espalier.profile;
