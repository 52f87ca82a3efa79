// SPDX-License-Identifier: Apache-2.0

// inprocess KIND HOSTS THREADS: what a program that someone writes for the
// purpose takes, with nothing but Go's standard library: for each host a key,
// a certificate by the CA of ca.crt and ca.key, and a tar.gz of both and of the
// CA's certificate, in the folder hosts.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

type authority struct {
	pem  []byte
	cert *x509.Certificate
	key  crypto.Signer
}

type file struct {
	name string
	mode int64
	data []byte
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "inprocess:", err)
		os.Exit(1)
	}
}

func readPEM(path string) ([]byte, []byte) {
	data, err := os.ReadFile(path)
	must(err)
	block, _ := pem.Decode(data)
	if block == nil {
		must(fmt.Errorf("%s: no PEM", path))
	}
	return data, block.Bytes
}

func readAuthority() *authority {
	text, der := readPEM("ca.crt")
	cert, err := x509.ParseCertificate(der)
	must(err)
	_, der = readPEM("ca.key")
	key, err := x509.ParsePKCS8PrivateKey(der)
	must(err)
	return &authority{text, cert, key.(crypto.Signer)}
}

func newKey(kind string) (crypto.Signer, error) {
	if kind == "ec:P-256" {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}

func issue(ca *authority, key crypto.Signer, number int) ([]byte, error) {
	name := fmt.Sprintf("node%d", number)
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	must(err)
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{
			Organization: []string{"Cockroach"},
			CommonName:   "node",
		},
		NotBefore:   time.Now().Add(-24 * time.Hour),
		NotAfter:    time.Now().AddDate(0, 0, 1830),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		DNSNames:    []string{name, name + ".db.example.com"},
		IPAddresses: []net.IP{net.IPv4(10, byte(number>>16), byte(number>>8), byte(number))},
		ExtKeyUsage: []x509.ExtKeyUsage{
			x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth,
		},
		BasicConstraintsValid: true,
	}
	return x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
}

func pack(files []file) []byte {
	var out bytes.Buffer
	packer := gzip.NewWriter(&out)
	archive := tar.NewWriter(packer)
	for _, f := range files {
		must(archive.WriteHeader(&tar.Header{
			Name: f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: time.Now(),
		}))
		_, err := archive.Write(f.data)
		must(err)
	}
	must(archive.Close())
	must(packer.Close())
	return out.Bytes()
}

func make1(ca *authority, kind string, number int) {
	key, err := newKey(kind)
	must(err)
	cert, err := issue(ca, key, number)
	must(err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	files := []file{
		{"ca.crt", 0644, ca.pem},
		{"node.crt", 0644, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})},
		{"node.key", 0600, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})},
	}
	folder := filepath.Join("hosts", fmt.Sprintf("node%d", number))
	must(os.MkdirAll(folder, 0700))
	for _, f := range files {
		must(os.WriteFile(filepath.Join(folder, f.name), f.data, os.FileMode(f.mode)))
	}
	must(os.WriteFile(folder+".tar.gz", pack(files), 0600))
}

func main() {
	if len(os.Args) != 4 {
		must(fmt.Errorf("usage: inprocess KIND HOSTS THREADS"))
	}
	hosts, err := strconv.Atoi(os.Args[2])
	must(err)
	threads, err := strconv.Atoi(os.Args[3])
	must(err)
	ca := readAuthority()
	numbers := make(chan int, threads)
	var group sync.WaitGroup
	for i := 0; i < threads; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for number := range numbers {
				make1(ca, os.Args[1], number)
			}
		}()
	}
	for number := 1; number <= hosts; number++ {
		numbers <- number
	}
	close(numbers)
	group.Wait()
}
