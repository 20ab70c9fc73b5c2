package org.espalier.cli.data;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.espalier.io.FormatException;
import org.jspecify.annotations.Nullable;

/// Reads the example sentences of a LanguageTool rule file, which is XML with entities of its own.
///
/// Entities that the file itself declares are resolved, within limits; nothing outside the file is
/// ever opened.
final class RuleFile {
  private final String name;
  private final XMLStreamReader xml;
  private final List<RuleSentence> sentences = new ArrayList<>();
  private @Nullable String group;
  private @Nullable String rule;

  private RuleFile(String name, XMLStreamReader xml) {
    this.name = name;
    this.xml = xml;
  }

  /// All example sentences in the order of the file.
  ///
  /// @throws FormatException if the file is not well-formed XML or needs more than itself
  static List<RuleSentence> parse(String name, InputStream content) {
    try {
      XMLStreamReader xml = factory().createXMLStreamReader(content);
      try {
        var file = new RuleFile(name, xml);
        file.read();
        return file.sentences;
      } finally {
        xml.close();
      }
    } catch (XMLStreamException e) {
      throw new FormatException(name, "not a readable rule file: " + e.getMessage(), e);
    }
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, true);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, true);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
    // The rules' patterns are built of entities: the JDK's default limits refuse the real file.
    factory.setProperty("jdk.xml.entityExpansionLimit", "100000");
    factory.setProperty("jdk.xml.totalEntitySizeLimit", "50000000");
    factory.setProperty("jdk.xml.maxGeneralEntitySizeLimit", "1000000");
    return factory;
  }

  private void read() throws XMLStreamException {
    while (xml.hasNext()) {
      int event = xml.next();
      if (event == XMLStreamConstants.START_ELEMENT) {
        switch (xml.getLocalName()) {
          case "rulegroup" -> group = xml.getAttributeValue(null, "id");
          case "rule" -> rule = xml.getAttributeValue(null, "id");
          case "example" -> sentences.add(sentence());
          default -> {} // patterns, messages: not for us
        }
      } else if (event == XMLStreamConstants.END_ELEMENT) {
        switch (xml.getLocalName()) {
          case "rulegroup" -> group = null;
          case "rule" -> rule = null;
          default -> {}
        }
      }
    }
  }

  private RuleSentence sentence() throws XMLStreamException {
    String type = xml.getAttributeValue(null, "type");
    String correction = xml.getAttributeValue(null, "correction");
    var text = new StringBuilder();
    var markers = new ArrayList<RuleSentence.Marker>();
    int markerStart = 0;
    int depth = 1;
    while (depth > 0) {
      switch (xml.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          depth++;
          if (xml.getLocalName().equals("marker")) {
            markerStart = text.length();
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          depth--;
          if (xml.getLocalName().equals("marker")) {
            markers.add(new RuleSentence.Marker(markerStart, text.length()));
          }
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
            text.append(xml.getText());
        default -> {} // comments
      }
    }
    return new RuleSentence(groupId(), text.toString(), markers, type, correction);
  }

  /// A group keeps its rules together; a sentence outside any rule with an id goes by its file.
  private String groupId() {
    if (group != null) {
      return group;
    }
    return rule != null ? rule : name;
  }
}
