// SPDX-License-Identifier: Apache-2.0
// A TLS server and client on the stores that a Kafka configuration names, read
// as Kafka reads them, and used as Kafka uses them, by JSSE:
//
//   java TlsPeer.java server server.properties
//   java TlsPeer.java client client.properties NAME [ADDRESS]
//
// The server listens where "listeners" says, and tells each client, and us, its
// subject. The client connects to NAME (or ADDRESS) at the port of the first of
// "bootstrap.servers", and wants a server called NAME there; 1: no answer.
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

class TlsPeer {
	static final Pattern VARIABLE =
		Pattern.compile("\\$\\{([^}]*?):(([^}]*?):)?([^}]*?)\\}");
	static final Pattern ADDRESS = Pattern.compile("([^/,]+):(\\d+)");
	static final Pattern KEY = Pattern.compile(
		"(?s)-----BEGIN PRIVATE KEY-----(.*?)-----END");
	static final Pattern CERTIFICATE = Pattern.compile(
		"(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----");

	final Properties properties = new Properties();

	TlsPeer(String file) throws IOException {
		try (FileInputStream in = new FileInputStream(file)) {
			properties.load(in);
		}
	}

	// The value of NAME, null without one. The provider reads whole files.
	String get(String name) throws IOException {
		String value = properties.getProperty(name);
		Matcher matcher = value == null ? null : VARIABLE.matcher(value);
		if (matcher == null || !matcher.matches())
			return value;
		String provider = get("config.providers." + matcher.group(1) +
			".class");
		if (!matcher.group(1).equals(get("config.providers")) ||
		    !("org.apache.kafka.common.config.provider." +
		      "DirectoryConfigProvider").equals(provider))
			throw new IOException("provider of " + value);
		return Files.readString(
			Path.of(matcher.group(3), matcher.group(4))).trim();
	}

	char[] password(String name) throws IOException {
		String value = get(name);
		return value == null ? null : value.toCharArray();
	}

	// KIND is keystore or truststore. Null: the configuration has none.
	KeyStore store(String kind) throws GeneralSecurityException, IOException {
		String type = get("ssl." + kind + ".type");
		String file = get("ssl." + kind + ".location");
		char[] password = password("ssl." + kind + ".password");
		if (file == null)
			return null;
		if ("PEM".equals(type) && password == null)
			return pem(file, kind.equals("keystore"));
		KeyStore store = KeyStore.getInstance(type);
		try (FileInputStream in = new FileInputStream(file)) {
			store.load(in, password);
		}
		return store;
	}

	static KeyStore pem(String file, boolean withKey)
			throws GeneralSecurityException, IOException {
		String text = Files.readString(Path.of(file));
		KeyStore store = KeyStore.getInstance("PKCS12");
		store.load(null, null);
		CertificateFactory factory = CertificateFactory.getInstance("X.509");
		Certificate[] chain = CERTIFICATE.matcher(text).results()
			.map(result -> certificate(factory, result.group()))
			.toArray(Certificate[]::new);
		if (!withKey) {
			for (int i = 0; i < chain.length; i++)
				store.setCertificateEntry("ca" + i, chain[i]);
			return store;
		}
		Matcher matcher = KEY.matcher(text);
		if (!matcher.find())
			throw new IOException("no PKCS#8 key in " + file);
		byte[] key = Base64.getMimeDecoder().decode(matcher.group(1));
		store.setKeyEntry("key", KeyFactory
			.getInstance(chain[0].getPublicKey().getAlgorithm())
			.generatePrivate(new PKCS8EncodedKeySpec(key)),
			null, chain);
		return store;
	}

	static Certificate certificate(CertificateFactory factory, String pem) {
		try {
			return factory.generateCertificate(
				new ByteArrayInputStream(pem.getBytes()));
		} catch (GeneralSecurityException e) {
			throw new IllegalArgumentException(e);
		}
	}

	SSLContext context() throws GeneralSecurityException, IOException {
		KeyManagerFactory keys = KeyManagerFactory.getInstance(
			KeyManagerFactory.getDefaultAlgorithm());
		char[] password = password("ssl.key.password");
		keys.init(store("keystore"), password != null ? password :
			password("ssl.keystore.password"));
		TrustManagerFactory trust = TrustManagerFactory.getInstance(
			TrustManagerFactory.getDefaultAlgorithm());
		trust.init(store("truststore"));
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
		return context;
	}

	InetSocketAddress address(String name) throws IOException {
		Matcher matcher = ADDRESS.matcher(get(name));
		if (!matcher.find())
			throw new IOException("no address in " + name);
		return new InetSocketAddress(matcher.group(1),
			Integer.parseInt(matcher.group(2)));
	}

	static String subject(SSLSocket socket) throws IOException {
		Certificate peer = socket.getSession().getPeerCertificates()[0];
		return ((X509Certificate) peer).getSubjectX500Principal().getName();
	}

	void serve() throws GeneralSecurityException, IOException {
		InetSocketAddress address = address("listeners");
		SSLServerSocket listener = (SSLServerSocket) context()
			.getServerSocketFactory().createServerSocket(
				address.getPort(), 50, address.getAddress());
		listener.setNeedClientAuth(
			"required".equals(get("ssl.client.auth")));
		System.out.println("ready");
		while (true) {
			try (SSLSocket socket = (SSLSocket) listener.accept()) {
				socket.setSoTimeout(10_000);
				socket.startHandshake();
				socket.getOutputStream().write(
					("you are " + subject(socket)).getBytes());
				System.out.println("accepted " + subject(socket));
			} catch (IOException e) {
				System.out.println("refused: " + e.getMessage());
			}
		}
	}

	String ask(String name, String address)
			throws GeneralSecurityException, IOException {
		int port = address("bootstrap.servers").getPort();
		Socket plain = new Socket(address, port);
		try (SSLSocket socket = (SSLSocket) context().getSocketFactory()
				.createSocket(plain, name, port, true)) {
			socket.setSoTimeout(10_000);
			SSLParameters parameters = socket.getSSLParameters();
			parameters.setEndpointIdentificationAlgorithm(
				get("ssl.endpoint.identification.algorithm"));
			socket.setSSLParameters(parameters);
			return new String(socket.getInputStream().readAllBytes());
		}
	}

	public static void main(String[] args) {
		try {
			TlsPeer peer = new TlsPeer(args[1]);
			if (args[0].equals("server"))
				peer.serve();
			System.out.println(peer.ask(args[2],
				args[args.length - 1]));
		} catch (GeneralSecurityException | IOException e) {
			System.out.println(e);
			System.exit(1);
		}
	}
}
