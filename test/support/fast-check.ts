/** Before every test file: a length that a test allows is used, and not only a tenth of it. */
import fc from 'fast-check';

fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true });
