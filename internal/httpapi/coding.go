package httpapi

import (
	"bytes"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// coding is a content coding that the API speaks.
type coding uint8

const (
	identity coding = iota
	gzipped
	zstandard
	codingCount
)

// name is the coding's name in HTTP headers; "" for identity.
func (c coding) name() string { return [codingCount]string{"", "gzip", "zstd"}[c] }

// chooseCoding reads Accept-Encoding: the coding with the highest weight, at
// equal weights zstd before gzip before none. Without the header, or when it
// allows nothing that is known here, the body is sent as it is: the contract
// has no status to refuse with (1.4). Small bodies are compressed only for
// those who forbid anything else.
func chooseCoding(header []string, small bool) coding {
	if len(header) == 0 {
		return identity
	}
	weights := codingWeights(strings.Join(header, ","))
	if small && weights[identity] > 0 {
		return identity
	}
	best := identity
	for _, c := range [...]coding{gzipped, zstandard} {
		if weights[c] > 0 && weights[c] >= weights[best] {
			best = c
		}
	}
	return best
}

// codingWeights returns the weight that the header gives to each coding, 0 for
// not acceptable. Identity is acceptable, but never preferred, unless the
// header says more of it (RFC 9110 section 12.5.3). "*" can mean gzip and no
// coding; nobody gets zstd who does not name it.
func codingWeights(header string) (weights [codingCount]float64) {
	const leastWeight = 0.0001
	var named [codingCount]bool
	star, starred := 0.0, false
	for item := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(item, ";")
		q := weight(parameters)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "identity":
			weights[identity], named[identity] = q, true
		case "gzip", "x-gzip":
			weights[gzipped], named[gzipped] = q, true
		case "zstd":
			weights[zstandard], named[zstandard] = q, true
		case "*":
			star, starred = q, true
		}
	}
	if starred && !named[gzipped] {
		weights[gzipped] = star
	}
	if !named[identity] && (!starred || star > 0) {
		weights[identity] = leastWeight
	}
	return weights
}

// weight reads the q of a list item; 1 without one, 0 when it is unreadable.
func weight(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, found := strings.Cut(p, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || q < 0 || q > 1 {
			return 0
		}
		return q
	}
	return 1
}

// A document is compressed in parts that are joined later. For gzip a part is
// a run of DEFLATE blocks that refers to nothing before it and ends on a byte:
// runs, a last empty block and the checksum of the whole make a single member,
// because some browsers read only the first member of several. For zstd a part
// is a frame; a stream may have any number of them (RFC 8878 section 3).
var (
	gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255}
	gzipEnd  = []byte{1, 0, 0, 0xff, 0xff} // an empty stored block, the last
)

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic("httpapi: flate refuses its own level: " + err.Error())
	}
	return w
}}

// deflatePart compresses text into DEFLATE blocks that can follow any others.
func deflatePart(text []byte) []byte {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	out := bytes.NewBuffer(make([]byte, 0, len(text)/6))
	w.Reset(out)
	// Neither can fail: the buffer takes everything.
	w.Write(text)
	w.Flush()
	return bytes.Clone(out.Bytes())
}

var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
	if err != nil {
		panic("httpapi: zstd refuses its own options: " + err.Error())
	}
	return e
})

// zstdPart compresses text into one frame.
func zstdPart(text []byte) []byte {
	return bytes.Clone(zstdEncoder().EncodeAll(text, make([]byte, 0, len(text)/6)))
}
