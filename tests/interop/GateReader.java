// Reads certificates and CRLs as the CertPath classes of Java do, and validates each certificate up to its CA.
//
//   java GateReader.java FOLDER
//
// The folder has a folder for each CA: ca.der, *.cer and *.crl, and root.pem where the CA is not the root: Java applies
// no bounds of a trust anchor. Prints one line for each file that fails.

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

public class GateReader {
  private final CertificateFactory factory = CertificateFactory.getInstance("X.509");
  private final CertPathValidator validator = CertPathValidator.getInstance("PKIX");

  GateReader() throws Exception {}

  X509Certificate certificate(Path file) throws Exception {
    return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
  }

  void readAllParts(X509Certificate certificate) throws Exception {
    certificate.getSubjectX500Principal().getName();
    certificate.getIssuerX500Principal().getName();
    certificate.getSubjectAlternativeNames();
    certificate.getExtendedKeyUsage();
    certificate.getKeyUsage();
  }

  void check(Path file, X509Certificate ca, X509Certificate root) throws Exception {
    if (file.toString().endsWith(".crl")) {
      X509CRL crl = (X509CRL) factory.generateCRL(new ByteArrayInputStream(Files.readAllBytes(file)));
      crl.verify(ca.getPublicKey());
      crl.getRevokedCertificates();
      return;
    }
    X509Certificate certificate = certificate(file);
    readAllParts(certificate);
    List<X509Certificate> chain = root == ca ? List.of(certificate) : List.of(certificate, ca);
    CertPath path = factory.generateCertPath(chain);
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setRevocationEnabled(false);
    validator.validate(path, parameters);
  }

  int checkFolder(Path folder) throws Exception {
    X509Certificate ca = certificate(folder.resolve("ca.der"));
    readAllParts(ca);
    Path rootFile = folder.resolve("root.pem");
    X509Certificate root = Files.exists(rootFile) ? certificate(rootFile) : ca;
    int read = 1;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files.filter(one -> one.toString().matches(".*\\.(cer|crl)"))::iterator) {
        try {
          check(file, ca, root);
        } catch (Exception problem) {
          System.out.println(file + ": " + problem);
        }
        read += 1;
      }
    }
    return read;
  }

  public static void main(String[] arguments) throws Exception {
    GateReader reader = new GateReader();
    int read = 0;
    try (Stream<Path> folders = Files.list(Path.of(arguments[0])).filter(Files::isDirectory)) {
      for (Path folder : (Iterable<Path>) folders::iterator) {
        read += reader.checkFolder(folder);
      }
    }
    System.err.println("read " + read);
  }
}
