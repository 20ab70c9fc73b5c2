package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.TensorException;
import org.junit.jupiter.api.Test;

class SimdTest {
  @Test
  void takesTheHardwaresWidthUpTo512Bits() {
    assertEquals(512, Simd.chosenBits(null, 512));
    assertEquals(512, Simd.chosenBits("", 1024));
    assertEquals(256, Simd.chosenBits(null, 256));
    assertEquals(128, Simd.chosenBits(null, 128));
    assertEquals(0, Simd.chosenBits(null, 64));
    assertEquals(0, Simd.chosenBits(null, -1));
  }

  @Test
  void takesTheForcedWidth() {
    assertEquals(128, Simd.chosenBits("128", 512));
    assertEquals(256, Simd.chosenBits(" 256 ", 256));
    assertEquals(0, Simd.chosenBits("0", 512));
    assertEquals(0, Simd.chosenBits("0", -1));
  }

  @Test
  void refusesAWidthThatIsNone() {
    for (String width : new String[] {"64", "1024", "wide", "-1", "512 bits"}) {
      var e = assertThrows(TensorException.class, () -> Simd.chosenBits(width, 512));
      assertTrue(String.valueOf(e.getMessage()).contains("512, 256, 128 or 0"), e.getMessage());
    }
  }

  @Test
  void refusesAWidthThatTheHardwareLacks() {
    var narrow = assertThrows(TensorException.class, () -> Simd.chosenBits("512", 256));
    assertTrue(String.valueOf(narrow.getMessage()).contains("256 bits"), narrow.getMessage());
    var absent = assertThrows(TensorException.class, () -> Simd.chosenBits("128", -1));
    assertTrue(String.valueOf(absent.getMessage()).contains("--add-modules"), absent.getMessage());
  }

  @Test
  void describesWidthAndFusedProducts() {
    String s = Simd.description();
    assertTrue(s.contains(Simd.BITS == 0 ? "plain loops" : Simd.BITS + "-bit"), s);
    assertTrue(s.contains("FMA"), s);
  }
}
