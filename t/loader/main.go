// SPDX-License-Identifier: Apache-2.0

// Loader reads folders of certificates by the rules of CockroachDB, then lets
// every owner of one talk to every node over mutual TLS:
//
//	loader FOLDER...
//
// It says what it refuses and exits with 1, or how many handshakes succeeded.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// An identity is a certificate with its key, and the login it is meant for.
type identity struct {
	login string
	pair  tls.Certificate
}

type folder struct {
	path      string
	roots     *x509.CertPool // ca.crt
	clientCAs *x509.CertPool // ca-client.crt, where there is one
	node      *identity
	clients   []*identity
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

func principals(cert *x509.Certificate) []string {
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
	if login != "" && !contains(principals(list[0]), login) {
		return nil, fmt.Errorf("principals %q without %q",
			principals(list[0]), login)
	}
	if contains(list[0].Subject.OrganizationalUnit, "Tenants") {
		return nil, errors.New("a tenant's")
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

func loadPool(file string) (*x509.CertPool, error) {
	list, err := readCertificates(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, cert := range list {
		pool.AddCert(cert)
	}
	return pool, nil
}

func (f *folder) add(name string) error {
	file := filepath.Join(f.path, name)
	prefix, user, err := purpose(name)
	if err != nil {
		return err
	}
	switch prefix {
	case "ca":
		f.roots, err = loadPool(file)
	case "ca-client":
		f.clientCAs, err = loadPool(file)
	case "node":
		login := "node"
		if _, err := os.Stat(filepath.Join(f.path, "client.node.crt")); err == nil {
			login = ""
		}
		f.node, err = loadIdentity(file, login)
	case "client":
		var client *identity
		client, err = loadIdentity(file, user)
		f.clients = append(f.clients, client)
	default:
		_, err = readCertificates(file)
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
	if f.roots == nil {
		return nil, errors.New("no ca.crt")
	}
	if f.clientCAs == nil {
		f.clientCAs = f.roots
	}
	if f.node == nil && len(f.clients) == 0 {
		return nil, errors.New("nobody's: no node.crt, no client.*.crt")
	}
	return f, nil
}

// identities are those that this folder's owner dials with.
func (f *folder) identities() []*identity {
	if f.node == nil {
		return f.clients
	}
	return append([]*identity{f.node}, f.clients...)
}

// serve greets a client that may log in as LOGIN.
func serve(conn net.Conn, config *tls.Config, login string) error {
	server := tls.Server(conn, config)
	if err := server.Handshake(); err != nil {
		return err
	}
	peer := server.ConnectionState().PeerCertificates[0]
	if !contains(principals(peer), login) {
		return fmt.Errorf("%q may not log in as %s", principals(peer), login)
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
			Certificates: []tls.Certificate{server.node.pair},
			ClientAuth:   tls.RequireAndVerifyClientCert,
			ClientCAs:    server.clientCAs,
			MinVersion:   tls.VersionTLS12,
		}, who.login)
	}()
	client := tls.Client(near, &tls.Config{
		Certificates: []tls.Certificate{who.pair},
		RootCAs:      from.roots,
		ServerName:   name,
		MinVersion:   version,
		MaxVersion:   version,
	})
	if _, err := io.ReadFull(client, make([]byte, 5)); err != nil {
		near.Close()
		return fmt.Errorf("client: %w; server: %v", err, <-served)
	}
	return <-served
}

// serverNames are all by which the certificate of a node can be verified.
func serverNames(cert *x509.Certificate) []string {
	names := append([]string{}, cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// visit lets everybody in FOLDERS connect to SERVER, and counts.
func visit(server *folder, folders []*folder) (n int, err error) {
	for _, name := range serverNames(server.node.pair.Leaf) {
		for _, from := range folders {
			for _, who := range from.identities() {
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

func run(paths []string) (n int, err error) {
	var folders []*folder
	for _, path := range paths {
		f, err := loadFolder(path)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		folders = append(folders, f)
	}
	for _, server := range folders {
		if server.node == nil {
			continue
		}
		visits, err := visit(server, folders)
		if err != nil {
			return n, err
		}
		n += visits
	}
	return n, nil
}

func main() {
	n, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println(n, "handshakes")
}
