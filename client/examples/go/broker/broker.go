// Package broker has what a program needs to call the token broker, over the generated stubs.
package broker

//go:generate sh -c "cd .. && ./generate.sh"

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// Calls that may be made twice are, after UNAVAILABLE. AcquireLease is not one: a grant whose
// answer was lost keeps its token.
const serviceConfig = `{"methodConfig": [{
  "name": [
    {"service": "tokenbroker.v1.TokenBroker", "method": "NextToken"},
    {"service": "tokenbroker.v1.TokenBroker", "method": "NextTokens"},
    {"service": "tokenbroker.v1.TokenBroker", "method": "ReportOutcome"},
    {"service": "tokenbroker.v1.TokenBroker", "method": "RenewLease"},
    {"service": "tokenbroker.v1.TokenBroker", "method": "ReleaseLease"}
  ],
  "retryPolicy": {
    "maxAttempts": 4,
    "initialBackoff": "0.1s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"]
  }
}]}`

// Options says which broker, and how it is called. All but the endpoint are paths of files.
type Options struct {
	Endpoint  string // HOST:PORT
	CA        string // of the broker's certificate; without it, plain text
	Cert, Key string // for mutual TLS
	TokenFile string // a bearer token for every call; read each time, as it may be replaced
}

// FromEnvironment reads what the command tokenbroker reads.
func FromEnvironment() Options {
	endpoint := os.Getenv("TOKENBROKER_ENDPOINT")
	if endpoint == "" {
		endpoint = "127.0.0.1:50051"
	}
	return Options{
		Endpoint:  endpoint,
		CA:        os.Getenv("TOKENBROKER_TLS_CA"),
		Cert:      os.Getenv("TOKENBROKER_TLS_CERT"),
		Key:       os.Getenv("TOKENBROKER_TLS_KEY"),
		TokenFile: os.Getenv("TOKENBROKER_TOKEN_FILE"),
	}
}

// Connect makes a connection for the whole program; it is safe for concurrent use.
func Connect(options Options) (*grpc.ClientConn, error) {
	transport, err := transport(options)
	if err != nil {
		return nil, err
	}
	dial := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(serviceConfig),
		// after 30 s of silence during a call: is the broker there? It allows a ping every 10 s.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
	}
	if options.TokenFile != "" {
		if options.CA == "" && !loopback(options.Endpoint) {
			return nil, errors.New("a token is sent in plain text to loopback alone")
		}
		dial = append(dial, grpc.WithPerRPCCredentials(bearer(options.TokenFile)))
	}
	return grpc.NewClient(options.Endpoint, dial...)
}

func transport(options Options) (credentials.TransportCredentials, error) {
	if options.CA == "" {
		return insecure.NewCredentials(), nil
	}
	pem, err := os.ReadFile(options.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", options.CA)
	}
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if options.Cert != "" {
		pair, err := tls.LoadX509KeyPair(options.Cert, options.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(config), nil
}

func loopback(endpoint string) bool {
	host, _, err := net.SplitHostPort(endpoint)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

type bearer string

func (file bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	token, err := os.ReadFile(string(file))
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + strings.TrimSpace(string(token))}, nil
}

// RequireTransportSecurity is left to Connect, which knows loopback.
func (file bearer) RequireTransportSecurity() bool { return false }
