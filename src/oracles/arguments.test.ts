import { describe, expect, it } from 'vitest';
import { ArgumentError, Arguments } from './arguments.ts';

const given = () =>
  new Arguments({
    ngf: 4,
    lr: 2e-4,
    netG: 'resnet_9blocks',
    nce_idt: true,
    nce_layers: '0,4, 8',
    absent: null,
  });

describe('constructor arguments', () => {
  it('are read by their type', () => {
    const args = given();
    expect(args.integer('ngf')).toBe(4);
    expect(args.number('lr')).toBe(2e-4);
    expect(args.text('netG')).toBe('resnet_9blocks');
    expect(args.flag('nce_idt')).toBe(true);
    expect(args.oneOf('netG', ['unet_128', 'resnet_9blocks'])).toBe('resnet_9blocks');
  });

  it('that are lists come as texts or as lists', () => {
    expect(given().integers('nce_layers')).toEqual([0, 4, 8]);
    expect(new Arguments({ nce_layers: [3, 7] }).integers('nce_layers')).toEqual([3, 7]);
    expect(new Arguments({ attn_resolutions: [] }).integers('attn_resolutions')).toEqual([]);
    expect(() => new Arguments({ nce_layers: '0,x' }).integers('nce_layers')).toThrow('got "0,x"');
  });

  it('that are missing or null have a default, or are missed', () => {
    expect(given().integer('ndf', 64)).toBe(64);
    expect(given().flag('absent', false)).toBe(false);
    expect(() => given().integer('ndf')).toThrow('constructor argument ndf must be a number, got undefined');
  });

  it('of another type or choice are refused', () => {
    expect(() => given().flag('ngf')).toThrow(ArgumentError);
    expect(() => given().integer('lr')).toThrow('must be an integer, got 0.0002');
    expect(() => given().oneOf('netG', ['a', 'b'])).toThrow('must be one of a, b, got "resnet_9blocks"');
  });

  it('that can have one value only are held to it', () => {
    given().mustBe('ngf', 4);
    given().mustBe('absent', 4);
    expect(() => given().mustBe('ngf', 5)).toThrow('constructor argument ngf must be 5, got 4');
  });

  it('that nobody read can be named', () => {
    const args = given();
    args.integer('ngf');
    args.withoutInfluence('lr', 'seed');
    expect(args.unread).toEqual(['netG', 'nce_idt', 'nce_layers', 'absent']);
  });

  it('may stand in groups', () => {
    const args = new Arguments({ gpt: { n_layer: 2, n_head: 4 } });
    expect(args.group('gpt').integer('n_layer')).toBe(2);
    expect(args.unread).toEqual(['gpt.n_head']);
    expect(args.group('cond').integer('n_embed', 16)).toBe(16);
    expect(() => given().group('ngf')).toThrow('constructor argument ngf must be an object, got 4');
  });
});
