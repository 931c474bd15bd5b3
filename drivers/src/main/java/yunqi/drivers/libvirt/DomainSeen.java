package yunqi.drivers.libvirt;

import java.io.IOException;
import java.io.StringReader;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import yunqi.core.instance.InstanceId;

/** What libvirt's description of a domain says of an instance of ours. Pure. */
record DomainSeen(InstanceId id, long epoch, String applied, boolean running, boolean ready) {

    /** Empty if the domain isn't ours. A guest without an agent's channel is ready as soon as it runs. */
    static Optional<DomainSeen> of(String xml) {
        Element domain = parse(xml).getDocumentElement();
        NodeList marks = domain.getElementsByTagNameNS(DomainXml.NAMESPACE, "instance");
        if (marks.getLength() != 1 || !(marks.item(0) instanceof Element mark)) {
            return Optional.empty();
        }
        boolean running = domain.hasAttribute("id");
        boolean ready = running;
        NodeList targets = domain.getElementsByTagName("target");
        for (int i = 0; i < targets.getLength(); i++) {
            if (targets.item(i) instanceof Element target
                    && target.getAttribute("name").equals(DomainXml.AGENT)) {
                ready = running && target.getAttribute("state").equals("connected");
            }
        }
        return Optional.of(new DomainSeen(
                new InstanceId(UUID.fromString(mark.getAttribute("id"))),
                Long.parseLong(mark.getAttribute("epoch")),
                mark.getAttribute("applied"),
                running,
                ready));
    }

    /** The hardware addresses of its interfaces. */
    static Set<String> macs(String xml) {
        Set<String> macs = new TreeSet<>();
        NodeList interfaces = parse(xml).getDocumentElement().getElementsByTagName("mac");
        for (int i = 0; i < interfaces.getLength(); i++) {
            if (interfaces.item(i) instanceof Element mac) {
                macs.add(mac.getAttribute("address"));
            }
        }
        return macs;
    }

    private static Document parse(String xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setNamespaceAware(true);
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new IllegalStateException("libvirt's description of a domain is not XML: " + xml, e);
        }
    }
}
