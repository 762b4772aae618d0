import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99ScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99ScalarQuantizedVectorsReader;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.*;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues;
import org.apache.lucene.util.quantization.ScalarQuantizer;

/**
 * Writes vectors into a segment with Lucene's format of 7 bits, as OpenSearch's Lucene engine does for 4x, and writes
 * what it finds there: quantiles, codes, corrections, and scores for queries. Arguments are pairs of files. The first of
 * a pair is, all little-endian: how many vectors, dimensions, queries, the number of the similarity, how many vectors a
 * segment takes before all are merged, the confidence interval (0 is the default), the vectors, the queries. The second
 * is empty if Lucene cannot write the segment.
 */
public class SQ7 {
  public static void main(String[] files) throws IOException {
    for (int i = 0; i < files.length; i += 2) {
      ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(Path.of(files[i]))).order(ByteOrder.LITTLE_ENDIAN);
      byte[] out;
      try {
        out = run(in);
      } catch (IllegalStateException e) {
        if (!e.getMessage().contains("infinite or NaN")) throw e;
        out = new byte[0];
      }
      Files.write(Path.of(files[i + 1]), out);
    }
  }

  static float[] vector(ByteBuffer in, int dimension) {
    float[] v = new float[dimension];
    for (int i = 0; i < dimension; i++) v[i] = in.getFloat();
    return v;
  }

  static byte[] run(ByteBuffer in) throws IOException {
    int n = in.getInt(), dimension = in.getInt(), queries = in.getInt();
    VectorSimilarityFunction similarity = VectorSimilarityFunction.values()[in.getInt()];
    int segment = in.getInt();
    float interval = in.getFloat();
    KnnVectorsFormat format = new Lucene99ScalarQuantizedVectorsFormat(interval == 0 ? null : interval, 7, false);
    try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
      IndexWriterConfig config = new IndexWriterConfig(null).setRAMBufferSizeMB(1024).setUseCompoundFile(false);
      config.setMergePolicy(new LogDocMergePolicy()).setMergeScheduler(new SerialMergeScheduler());
      config.setCodec(new Lucene912Codec() {
        @Override
        public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
          return format;
        }
      });
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        for (int i = 0; i < n; i++) {
          Document document = new Document();
          document.add(new KnnFloatVectorField("v", vector(in, dimension), similarity));
          writer.addDocument(document);
          if ((i + 1) % segment == 0) writer.flush();
        }
        writer.forceMerge(1);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        return read((CodecReader) reader.leaves().get(0).reader(), in, n, dimension, queries);
      }
    }
  }

  static byte[] read(CodecReader reader, ByteBuffer in, int n, int dimension, int queries) throws IOException {
    PerFieldKnnVectorsFormat.FieldsReader fields = (PerFieldKnnVectorsFormat.FieldsReader) reader.getVectorReader();
    Lucene99ScalarQuantizedVectorsReader vectors = (Lucene99ScalarQuantizedVectorsReader) fields.getFieldReader("v");
    ByteBuffer out = ByteBuffer.allocate(8 + n * (dimension + 4) + queries * n * 4).order(ByteOrder.LITTLE_ENDIAN);
    ScalarQuantizer state = vectors.getQuantizationState("v");
    out.putFloat(state.getLowerQuantile()).putFloat(state.getUpperQuantile());
    QuantizedByteVectorValues codes = vectors.getQuantizedVectorValues("v");
    while (codes.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      out.put(codes.vectorValue(), 0, dimension).putFloat(codes.getScoreCorrectionConstant());
    }
    for (int q = 0; q < queries; q++) {
      VectorScorer scorer = vectors.getFloatVectorValues("v").scorer(vector(in, dimension));
      DocIdSetIterator documents = scorer.iterator();
      while (documents.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) out.putFloat(scorer.score());
    }
    return out.array();
  }
}
