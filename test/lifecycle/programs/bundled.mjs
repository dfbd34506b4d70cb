// Goes into a bundle: all it needs is that the package loads.
import { testPattern } from 'rtmp-pusher';

console.log(testPattern().kind);
