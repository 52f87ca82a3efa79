// SPDX-License-Identifier: Apache-2.0

// Loader reads folders of certificates by the rules of CockroachDB, then lets
// every owner of one talk to every node over mutual TLS, and a browser look at
// every DB Console:
//
//	loader [-browser FILE] FOLDER...
//
// The browser trusts what users trust, or FILE alone. Loader says what it
// refuses and exits with 1, or how many handshakes succeeded.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// An identity is a certificate with its key, and the login it is meant for: a
// user, or "node", or "tenant" and the number.
type identity struct {
	login string
	pair  tls.Certificate
}

// The certificates of the CAs are nil where there are none.
type folder struct {
	path                         string
	ca, caClient, caTenant, caUI []*x509.Certificate
	node, nodeClient, tenant, ui *identity
	users                        []*identity
}

// purpose splits the name of a .crt file as certificate_loader.go does.
func purpose(name string) (prefix, user string, err error) {
	parts := strings.Split(strings.TrimSuffix(name, ".crt"), ".")
	prefix, user = parts[0], strings.Join(parts[1:], ".")
	switch prefix {
	case "ca", "ca-client", "ca-ui", "ca-client-tenant", "node", "ui":
		if len(parts) == 1 {
			return prefix, "", nil
		}
	case "client", "client-tenant":
		if user != "" {
			return prefix, user, nil
		}
	}
	return "", "", errors.New("no name that CockroachDB loads")
}

// readCertificates wants PEM blocks of type CERTIFICATE and no others.
func readCertificates(file string) ([]*x509.Certificate, error) {
	rest, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("PEM block of type %s", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, cert)
	}
	if len(list) == 0 {
		return nil, errors.New("no certificate")
	}
	return list, nil
}

// checkKeyFile allows the owner everything, and the group to read where the
// file is root's and the group our own.
func checkKeyFile(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	allowed := os.FileMode(0o700)
	owner, ok := info.Sys().(*syscall.Stat_t)
	if ok && owner.Uid == 0 && int(owner.Gid) == os.Getgid() {
		allowed = 0o740
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if excess := info.Mode().Perm() &^ allowed; excess != 0 {
		return fmt.Errorf("key of mode %04o", info.Mode().Perm())
	}
	return nil
}

// logins are the principals, but a tenant's certificate has only the one.
func logins(cert *x509.Certificate) []string {
	if contains(cert.Subject.OrganizationalUnit, "Tenants") {
		return []string{"tenant " + cert.Subject.CommonName}
	}
	return append([]string{cert.Subject.CommonName}, cert.DNSNames...)
}

func contains(list []string, wanted string) bool {
	for _, one := range list {
		if one == wanted {
			return true
		}
	}
	return false
}

// loadIdentity reads FILE and its key, for the principal LOGIN; "" is any.
func loadIdentity(file, login string) (*identity, error) {
	list, err := readCertificates(file)
	if err != nil {
		return nil, err
	}
	if login != "" && !contains(logins(list[0]), login) {
		return nil, fmt.Errorf("principals %q without %q",
			logins(list[0]), login)
	}
	key := strings.TrimSuffix(file, ".crt") + ".key"
	if err := checkKeyFile(key); err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(file, key)
	if err != nil {
		return nil, err
	}
	pair.Leaf = list[0]
	return &identity{login, pair}, nil
}

func (f *folder) add(name string) error {
	file := filepath.Join(f.path, name)
	prefix, user, err := purpose(name)
	if err != nil {
		return err
	}
	switch prefix {
	case "ca":
		f.ca, err = readCertificates(file)
	case "ca-client":
		f.caClient, err = readCertificates(file)
	case "ca-client-tenant":
		f.caTenant, err = readCertificates(file)
	case "ca-ui":
		f.caUI, err = readCertificates(file)
	case "node":
		login := "node"
		if _, err := os.Stat(filepath.Join(f.path, "client.node.crt")); err == nil {
			login = ""
		}
		f.node, err = loadIdentity(file, login)
	case "ui":
		f.ui, err = loadIdentity(file, "")
	case "client-tenant":
		if _, err := strconv.ParseUint(user, 10, 64); err != nil {
			return fmt.Errorf("invalid tenant id %s", user)
		}
		f.tenant, err = loadIdentity(file, "tenant "+user)
	case "client":
		var client *identity
		client, err = loadIdentity(file, user)
		if user == "node" {
			f.nodeClient = client
		} else {
			f.users = append(f.users, client)
		}
	}
	return err
}

func loadFolder(path string) (*folder, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path}
	for _, entry := range entries {
		if entry.IsDir() || !strings.HasSuffix(entry.Name(), ".crt") {
			continue
		}
		if err := f.add(entry.Name()); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	if f.ca == nil {
		return nil, errors.New("no ca.crt")
	}
	if len(f.identities()) == 0 {
		return nil, errors.New("nobody's: no node.crt, no client.*.crt")
	}
	if f.node != nil {
		f.node.login = "node"
	}
	return f, nil
}

// identities are those that this folder's owner dials with.
func (f *folder) identities() []*identity {
	var list []*identity
	switch {
	case f.nodeClient != nil:
		list = append(list, f.nodeClient)
	case f.node != nil:
		list = append(list, f.node)
	}
	if f.tenant != nil {
		list = append(list, f.tenant)
	}
	return append(list, f.users...)
}

// server is what this folder's owner answers with, if it does.
func (f *folder) server() *identity {
	if f.node == nil {
		return f.tenant
	}
	return f.node
}

func pool(lists ...[]*x509.Certificate) *x509.CertPool {
	all := x509.NewCertPool()
	for _, list := range lists {
		for _, cert := range list {
			all.AddCert(cert)
		}
	}
	return all
}

// clientCAs verify who dials.
func (f *folder) clientCAs() *x509.CertPool {
	if f.caClient == nil {
		return pool(f.ca, f.caTenant)
	}
	return pool(f.caClient, f.caTenant)
}

// roots verify servers, for whoever dials with WHO: only nodes do not trust
// the CA of the tenants there.
func (f *folder) roots(who *identity) *x509.CertPool {
	if who.login == "node" {
		return pool(f.ca)
	}
	return pool(f.ca, f.caTenant)
}

// serve greets a client that may log in as LOGIN.
func serve(conn net.Conn, config *tls.Config, login string) error {
	server := tls.Server(conn, config)
	if err := server.Handshake(); err != nil {
		return err
	}
	peer := server.ConnectionState().PeerCertificates[0]
	if !contains(logins(peer), login) {
		return fmt.Errorf("%q may not log in as %s", logins(peer), login)
	}
	_, err := server.Write([]byte("hello"))
	return err
}

// connect returns both ends of a connection.
func connect() (near, far net.Conn, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer listener.Close()
	near, err = net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	far, err = listener.Accept()
	if err != nil {
		near.Close()
		return nil, nil, err
	}
	deadline := time.Now().Add(10 * time.Second)
	near.SetDeadline(deadline)
	far.SetDeadline(deadline)
	return near, far, nil
}

// greet is one connection of WHO to SERVER by NAME. Only what the client has
// read tells that the server took its certificate: in TLS 1.3 that comes late.
func greet(server *folder, name string, from *folder, who *identity,
	version uint16) error {
	near, far, err := connect()
	if err != nil {
		return err
	}
	defer near.Close()
	served := make(chan error, 1)
	go func() {
		defer far.Close()
		served <- serve(far, &tls.Config{
			Certificates: []tls.Certificate{server.server().pair},
			ClientAuth:   tls.RequireAndVerifyClientCert,
			ClientCAs:    server.clientCAs(),
			MinVersion:   tls.VersionTLS12,
		}, who.login)
	}()
	client := tls.Client(near, &tls.Config{
		// Whatever CAs the server asks for.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &who.pair, nil
		},
		RootCAs:    from.roots(who),
		ServerName: name,
		MinVersion: version,
		MaxVersion: version,
	})
	if _, err := io.ReadFull(client, make([]byte, 5)); err != nil {
		near.Close()
		return fmt.Errorf("client: %w; server: %v", err, <-served)
	}
	return <-served
}

// look verifies the certificate of the DB Console as a browser does.
func (f *folder) look(name string, roots *x509.CertPool) error {
	chain := x509.NewCertPool()
	for _, der := range f.ui.pair.Certificate[1:] {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		chain.AddCert(cert)
	}
	_, err := f.ui.pair.Leaf.Verify(x509.VerifyOptions{
		DNSName:       name,
		Intermediates: chain,
		Roots:         roots,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// serverNames are all by which the certificate of a node can be verified.
func serverNames(cert *x509.Certificate) []string {
	names := append([]string{}, cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// browserRoots are those of BROWSER, or what FROM trusts for the DB Console.
func browserRoots(from *folder, browser []*x509.Certificate) *x509.CertPool {
	switch {
	case browser != nil:
		return pool(browser)
	case from.caUI != nil:
		return pool(from.caUI, from.caTenant)
	default:
		return pool(from.ca, from.caTenant)
	}
}

// visitConsole lets everybody in FOLDERS look at the DB Console of SERVER.
func visitConsole(server *folder, folders []*folder,
	browser []*x509.Certificate) (n int, err error) {
	if server.ui == nil {
		return 0, nil
	}
	for _, name := range serverNames(server.ui.pair.Leaf) {
		for _, from := range folders {
			err := server.look(name, browserRoots(from, browser))
			if err != nil {
				return n, fmt.Errorf("browser of %s to %s: %w",
					from.path, name, err)
			}
			n++
		}
	}
	return n, nil
}

// dials: the SQL servers of other tenants are nothing for nodes and tenants.
func dials(who *identity, server *folder) bool {
	to := server.server()
	if to.login == "node" || to.login == who.login {
		return true
	}
	return who.login != "node" && !strings.HasPrefix(who.login, "tenant ")
}

// visit lets everybody in FOLDERS connect to SERVER, and counts.
func visit(server *folder, folders []*folder) (n int, err error) {
	for _, name := range serverNames(server.server().pair.Leaf) {
		for _, from := range folders {
			for _, who := range from.identities() {
				if !dials(who, server) {
					continue
				}
				for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
					if err := greet(server, name, from, who, version); err != nil {
						return n, fmt.Errorf("%s in %s to %s: %w",
							who.login, from.path, name, err)
					}
					n++
				}
			}
		}
	}
	return n, nil
}

func run(paths []string, browser []*x509.Certificate) (n int, err error) {
	var folders []*folder
	for _, path := range paths {
		f, err := loadFolder(path)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		folders = append(folders, f)
	}
	for _, server := range folders {
		if server.server() == nil {
			continue
		}
		visits, err := visit(server, folders)
		if err != nil {
			return n, err
		}
		looks, err := visitConsole(server, folders, browser)
		if err != nil {
			return n, err
		}
		n += visits + looks
	}
	return n, nil
}

func main() {
	file := flag.String("browser", "", "certificates that the browser trusts")
	flag.Parse()
	var browser []*x509.Certificate
	var n int
	var err error
	if *file != "" {
		browser, err = readCertificates(*file)
	}
	if err == nil {
		n, err = run(flag.Args(), browser)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println(n, "handshakes")
}
