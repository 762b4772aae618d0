import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorsReader;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.*;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.quantization.OptimizedScalarQuantizer.QuantizationResult;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues;

/**
 * Writes vectors into a segment with Lucene's format of 1 bit, with queries of 4 bits, as OpenSearch from version 3.6 on
 * does for 32x, and writes what it finds there: the centroid, codes, corrections, and scores for queries. Arguments are
 * pairs of files. The first of a pair is, all little-endian: how many vectors, dimensions, queries, the number of the
 * similarity, how many vectors a segment takes before all are merged, 4 bytes that are not used, the vectors, the
 * queries.
 */
public class OSQ {
  public static void main(String[] files) throws IOException {
    for (int i = 0; i < files.length; i += 2) {
      ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(Path.of(files[i]))).order(ByteOrder.LITTLE_ENDIAN);
      Files.write(Path.of(files[i + 1]), run(in));
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
    in.getFloat();
    KnnVectorsFormat format =
        new Lucene104ScalarQuantizedVectorsFormat(QuantizedByteVectorValues.ScalarEncoding.SINGLE_BIT_QUERY_NIBBLE);
    try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
      IndexWriterConfig config = new IndexWriterConfig(null).setRAMBufferSizeMB(1024).setUseCompoundFile(false);
      config.setMergePolicy(new LogDocMergePolicy()).setMergeScheduler(new SerialMergeScheduler());
      config.setCodec(new Lucene104Codec() {
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
    Lucene104ScalarQuantizedVectorsReader vectors = (Lucene104ScalarQuantizedVectorsReader) fields.getFieldReader("v");
    int size = (dimension + 7) / 8;
    ByteBuffer out =
        ByteBuffer.allocate(dimension * 4 + n * (size + 16) + queries * n * 4).order(ByteOrder.LITTLE_ENDIAN);
    QuantizedByteVectorValues codes = vectors.getQuantizedVectorValues("v");
    for (float c : codes.getCentroid()) out.putFloat(c);
    for (int i = 0; i < n; i++) {
      QuantizationResult beside = codes.getCorrectiveTerms(i);
      out.put(codes.vectorValue(i), 0, size);
      out.putFloat(beside.lowerInterval()).putFloat(beside.upperInterval()).putFloat(beside.additionalCorrection());
      out.putInt(beside.quantizedComponentSum());
    }
    for (int q = 0; q < queries; q++) {
      VectorScorer scorer = vectors.getFloatVectorValues("v").scorer(vector(in, dimension));
      DocIdSetIterator documents = scorer.iterator();
      while (documents.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) out.putFloat(scorer.score());
    }
    return out.array();
  }
}
