package vector

import "fmt"

// resolution returns what a version makes of the body that this package sends for a
// technique. As the body names engine, method and encoder, that is the technique itself,
// with the compression level that the plugin gives to it.
//
// Source: EngineResolver, FaissMethodResolver and LuceneHNSWMethodResolver of the k-NN
// plugin.
func resolution(r release, t Technique, dimension int) Resolution {
	if !r.known() {
		return Resolution{Notes: []string{
			"AWS names no version of Serverless, and what its compression levels are encoded with is not documented: 32x was binary with 1 bit before version 3.6, and is sq with 1 bit from then on",
			"without what is named in the body, NextGen collections take FAISS with 32x, Classic ones NMSLIB without compression",
		}}
	}
	return Resolution{
		Known: true, Engine: t.Engine, Method: t.Method, Mode: t.Mode, Encoding: t.Encoding,
		CompressionLevel: fmt.Sprintf("%dx", compression(t.Encoding, dimension)),
		Notes:            resolutionNotes(r, t, dimension),
	}
}

func resolutionNotes(r release, t Technique, dimension int) []string {
	var notes []string
	note := func(applies bool, text string) {
		if applies {
			notes = append(notes, text)
		}
	}
	e, onDisk := t.Encoding, t.Mode == OnDisk
	note(t.Engine == NMSLIB, "NMSLIB is deprecated from version 2.19 on, and takes no new indices from 3.0 on")
	note(e.Encoder == Binary && e.Bits == 1 && onDisk && r.from(3, 6),
		"compression_level 32x alone would be sq with 1 bit from version 3.6 on: the body names the encoder")
	note(e.Encoder == Binary && e.Bits == 1 && onDisk && !r.from(3, 6),
		"an index that is made anew with compression_level 32x from version 3.6 on is sq with 1 bit: the body names the encoder")
	note(e.Encoder == OSQ && t.Method != Flat,
		"it is rescored in either mode, as sq with 1 bit always is")
	note(e.Encoder == OSQ && t.Engine == FAISS,
		"searches read it from the page cache, never from native memory: it always is memory-optimized search")
	note(e.Encoder == FP32 && onDisk,
		"1x with on_disk is memory-optimized search: FAISS's index is mapped into memory, and read through the page cache")
	note(e.Encoder == FP16 && onDisk, "on_disk changes nothing of fp16: it is searched as in memory, and not rescored")
	note(e.Encoder == SQ7 && onDisk && !r.from(3, 1), "codes of 7 bits are not rescored before version 3.1")
	note(e.Encoder == PQ && e.SubVectors > 0 && dimension*32 >= 128*e.SubVectors*e.CodeSize,
		"64x is the highest level there is, and stands for all above")
	note(e.Encoder == Byte, "nothing is compressed here: what is indexed are the bytes")
	note(t.Engine == Lucene && t.Method == HNSW,
		"Lucene searches for max(k, ef_search) candidates, with ef_search 100 if nothing is said; the documentation says that it ignores it")
	note(onDisk && t.Method != Flat && r.from(3, 8), "mode is deprecated from version 3.9 on, where it follows from the level")
	note(e.Encoder == Binary, "radial searches (max_distance, min_score) are refused")
	return notes
}
