package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.espalier.cli.data.RuleSentence.Marker;
import org.espalier.io.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RuleFileTest {
  private static List<RuleSentence> parse(String xml) {
    return RuleFile.parse(
        "test.xml", new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }

  private static RuleSentence only(String xml) {
    List<RuleSentence> sentences = parse(xml);
    assertEquals(1, sentences.size());
    return sentences.getFirst();
  }

  @Test
  void takesMarkersOutAndRemembersWhereTheyWere() {
    assertEquals(
        new RuleSentence("R", "He go home.", List.of(new Marker(3, 5)), null, "goes|went"),
        only(
            """
            <rules><rule id="R"><example correction="goes|went"\
            >He <marker>go</marker> home.</example></rule></rules>
            """));
  }

  @Test
  void groupsByRuleGroupThenRuleThenFile() {
    List<RuleSentence> sentences =
        parse(
            """
            <rules>
              <rulegroup id="G">
                <antipattern><example>a</example></antipattern>
                <rule id="R"><example>b</example></rule>
                <rule><example>c</example></rule>
              </rulegroup>
              <rule id="S"><antipattern><example>d</example></antipattern></rule>
              <rule><example type="triggers_error">e</example></rule>
            </rules>
            """);
    assertEquals(
        List.of("G", "G", "G", "S", "test.xml"),
        sentences.stream().map(RuleSentence::group).toList());
    assertEquals("triggers_error", sentences.getLast().type());
    assertFalse(sentences.getFirst().isIncorrect());
  }

  @Test
  void resolvesTheEntitiesOfTheFileItself() {
    assertEquals(
        "5 €, isn’t & so on",
        only("""
        <!DOCTYPE rules [<!ENTITY euro "&#8364;"> <!ENTITY tail "isn’t &amp; so">]>
        <rules><rule id="R"><example>5 &euro;, &tail; <![CDATA[on]]><!-- no -->\
        </example></rule></rules>
        """)
            .text());
  }

  @Test
  void neverReadsAnotherFile(@TempDir Path folder) throws IOException {
    Path secret = Files.writeString(folder.resolve("secret.txt"), "SECRET");
    for (String declaration :
        List.of(
            "<!DOCTYPE rules [<!ENTITY x SYSTEM '" + secret.toUri() + "'>]>",
            "<!DOCTYPE rules [<!ENTITY % p SYSTEM '"
                + secret.toUri()
                + "'> %p;"
                + " <!ENTITY x 'y'>]>",
            "<!DOCTYPE rules SYSTEM '" + secret.toUri() + "' [<!ENTITY x 'y'>]>")) {
      String seen;
      try {
        seen = parse(declaration + "<rules><rule><example>&x;</example></rule></rules>").toString();
      } catch (FormatException refused) {
        seen = "";
      }
      assertFalse(seen.contains("SECRET"), declaration);
    }
  }

  @Test
  void refusesEntitiesThatGrowWithoutBound() {
    var declarations = new StringBuilder("<!DOCTYPE rules [<!ENTITY e0 'laughter '>");
    for (int i = 1; i < 12; i++) {
      String ten = ("&e" + (i - 1) + ";").repeat(10);
      declarations.append("<!ENTITY e%d '%s'>".formatted(i, ten));
    }
    String bomb = declarations + "]><rules><rule><example>&e11;</example></rule></rules>";
    assertThrows(FormatException.class, () -> parse(bomb));
    String loop = "<!DOCTYPE rules [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>";
    assertThrows(
        FormatException.class, () -> parse(loop + "<rules><example>&a;</example></rules>"));
  }

  @Test
  void saysWhichFileIsBrokenWhereverItEnds() {
    String xml = "<rules><rule id=\"R\"><example>He <marker>go</marker>.</example></rule></rules>";
    for (int end = 0; end < xml.length(); end++) {
      String cut = xml.substring(0, end);
      var exception = assertThrows(FormatException.class, () -> parse(cut));
      assertEquals("test.xml", exception.source());
      assertTrue(exception.fault().startsWith("not a readable rule file"), exception.fault());
    }
  }

  @Test
  void survivesDeepNesting() {
    int depth = 20_000;
    String xml = "<a>".repeat(depth) + "<example>deep</example>" + "</a>".repeat(depth);
    try {
      assertEquals("deep", only(xml).text());
    } catch (FormatException refused) {
      assertEquals("test.xml", refused.source());
    }
  }
}
